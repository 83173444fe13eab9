----------------------------------------------------------------------
-- Sentiment: phrases that turn the words in them.
----------------------------------------------------------------------

INSERT INTO analytics.sentiment_terms (term, role, valence, language, builtin)
SELECT t.term, 'term', t.valence, 'vi', true FROM (VALUES
('gì mà ngon', -0.6), ('ngon gì mà ngon', -0.7), ('tốt gì mà tốt', -0.7), ('đẹp gì mà đẹp', -0.6),
('tốt cái nỗi gì', -0.7), ('ngon cái nỗi gì', -0.7), ('ngon nỗi gì', -0.6), ('tốt nỗi gì', -0.6),
('chưa từng thấy thất vọng', 0.6), ('chẳng còn gì tuyệt hơn', 0.85), ('không phải dạng vừa', 0.6),
('không phải dạng vừa đâu', 0.6), ('bá cháy bọ chét', 0.8), ('ngon bá cháy bọ chét', 0.85),
('bá cháy con bọ chét', 0.8), ('không lo hết pin', 0.6), ('diệt gián', 0.2), ('trị gián', 0.2),
('để xó', -0.5), ('càng dùng càng mụn', -0.6), ('càng mụn', -0.6), ('tml', -0.6), ('phí duy trì', 0),
('phí duy trì cao', -0.5), ('rầu', -0.4), ('rầu quá', -0.5), ('lỗ hổng bảo mật', -0.6)
) AS t(term, valence);

INSERT INTO analytics.sentiment_terms (term, role, valence, language, builtin)
SELECT t.term, 'term', t.valence, 'en', true FROM (VALUES
('cracked me up', 0.5), ('cracks me up', 0.5), ('cracking me up', 0.5), ('never been so proud', 0.8),
('never been more proud', 0.8), ('never been prouder', 0.8), ('never been so happy', 0.8),
('never felt so good', 0.8), ('zero issues', 0.6), ('zero problems', 0.6), ('not what i ordered', -0.6),
('so done with', -0.6), ('it''s growing on me', 0.5), ('sick beat', 0.6), ('ain''t nobody got time', -0.3),
('sold out before', -0.4), ('hardest working', 0.5), ('but it wasn''t', -0.5),
('thought it would be good', -0.4)
) AS t(term, valence);
