----------------------------------------------------------------------
-- Stop words
----------------------------------------------------------------------

/*
 * Words that are no keywords.  They also tell the language of a text without
 * marks: English stop words against the unsigned forms of Vietnamese ones.
 * So words that are both ("to", "so", "no", "an", "do", "can", "in") are left
 * out of the English list where they are common in unsigned Vietnamese.
 */

INSERT INTO analytics.stop_words (word, language, builtin)
SELECT w.word, 'vi', true FROM (VALUES
('và'), ('là'), ('của'), ('có'), ('không'), ('cho'), ('được'), ('với'), ('các'), ('những'), ('một'), ('này'), ('đó'), ('kia'), ('ấy'), ('nọ'), ('đây'), ('đấy'), ('thì'), ('mà'), ('nhưng'), ('nên'), ('vì'), ('bởi'), ('do'), ('tại'), ('nếu'), ('như'), ('khi'), ('lúc'),
('hồi'), ('để'), ('đến'), ('tới'), ('từ'), ('trong'), ('ngoài'), ('trên'), ('dưới'), ('giữa'), ('trước'), ('sau'), ('về'), ('ra'), ('vào'), ('lên'), ('xuống'), ('qua'), ('lại'), ('ở'), ('đi'), ('rồi'), ('đã'), ('đang'), ('sẽ'), ('sắp'), ('vừa'), ('mới'), ('vẫn'),
('còn'), ('cứ'), ('đều'), ('cũng'), ('chỉ'), ('luôn'), ('hay'), ('hoặc'), ('rất'), ('quá'), ('lắm'), ('hơi'), ('khá'), ('thật'), ('càng'), ('hơn'), ('nhất'), ('bằng'), ('cùng'), ('chưa'), ('chẳng'), ('chả'), ('đừng'), ('chớ'), ('phải'), ('cần'), ('muốn'), ('thể'),
('bị'), ('làm'), ('gì'), ('nào'), ('sao'), ('đâu'), ('ai'), ('bao'), ('nhiêu'), ('mấy'), ('vậy'), ('thế'), ('nữa'), ('thôi'), ('ạ'), ('nhé'), ('nha'), ('nhỉ'), ('hả'), ('à'), ('ừ'), ('ơi'), ('vâng'), ('dạ'), ('tôi'), ('mình'), ('em'), ('anh'), ('chị'), ('bạn'), ('tớ'),
('cậu'), ('tao'), ('mày'), ('nó'), ('họ'), ('ta'), ('chúng'), ('ông'), ('bà'), ('cô'), ('chú'), ('bác'), ('người'), ('cái'), ('con'), ('chiếc'), ('việc'), ('điều'), ('thứ'), ('cách'), ('mọi'), ('mỗi'), ('từng'), ('cả'), ('tất'), ('toàn'), ('nhiều'), ('ít'), ('vài'),
('thêm'), ('nhau'), ('tự'), ('theo'), ('bên'), ('nơi'), ('chỗ'), ('lần'), ('ngày'), ('hôm'), ('nay'), ('năm'), ('tháng'), ('giờ'), ('biết'), ('thấy'), ('nói'), ('nghĩ'), ('xem'), ('khác'), ('gồm'), ('dù'), ('tuy'), ('song'), ('mặc'), ('hết'), ('xong'), ('ngay'), ('chứ')
) AS w(word);

INSERT INTO analytics.stop_words (word, language, builtin)
SELECT w.word, 'en', true FROM (VALUES
('the'), ('and'), ('is'), ('are'), ('was'), ('were'), ('be'), ('been'), ('being'), ('am'), ('of'), ('for'), ('with'), ('this'), ('that'), ('these'), ('those'), ('you'), ('your'), ('yours'), ('he'), ('him'), ('his'), ('she'), ('her'), ('hers'), ('it'), ('its'), ('we'), ('us'),
('our'), ('ours'), ('they'), ('them'), ('their'), ('theirs'), ('i'), ('my'), ('mine'), ('myself'), ('yourself'), ('himself'), ('herself'), ('itself'), ('ourselves'), ('themselves'), ('have'), ('has'), ('had'), ('having'), ('does'), ('did'), ('doing'), ('done'), ('will'),
('would'), ('shall'), ('should'), ('could'), ('may'), ('might'), ('must'), ('ought'), ('not'), ('nor'), ('but'), ('if'), ('or'), ('because'), ('as'), ('until'), ('while'), ('at'), ('by'), ('about'), ('against'), ('between'), ('into'), ('through'), ('during'), ('before'),
('after'), ('above'), ('below'), ('from'), ('up'), ('down'), ('out'), ('on'), ('off'), ('over'), ('under'), ('again'), ('further'), ('then'), ('once'), ('here'), ('there'), ('when'), ('where'), ('why'), ('how'), ('all'), ('any'), ('both'), ('each'), ('few'), ('more'), ('most'),
('other'), ('some'), ('such'), ('only'), ('own'), ('same'), ('than'), ('too'), ('very'), ('just'), ('also'), ('what'), ('which'), ('who'), ('whom'), ('whose'), ('don''t'), ('doesn''t'), ('didn''t'), ('isn''t'), ('aren''t'), ('wasn''t'), ('weren''t'), ('won''t'), ('wouldn''t'),
('can''t'), ('cannot'), ('couldn''t'), ('shouldn''t'), ('haven''t'), ('hasn''t'), ('hadn''t'), ('i''m'), ('i''ve'), ('i''ll'), ('i''d'), ('it''s'), ('that''s'), ('there''s'), ('you''re'), ('you''ve'), ('you''ll'), ('they''re'), ('we''re'), ('we''ve'), ('he''s'), ('she''s'),
('what''s'), ('let''s'), ('like'), ('get'), ('got'), ('getting'), ('go'), ('going'), ('gone'), ('went'), ('make'), ('made'), ('much'), ('many'), ('every'), ('even'), ('still'), ('yet'), ('ever'), ('never'), ('always'), ('really'), ('well'), ('back'), ('one'), ('two'), ('now'),
('today'), ('something'), ('anything'), ('everything'), ('nothing'), ('someone'), ('anyone'), ('everyone'), ('thing'), ('things'), ('way'), ('lot'), ('though'), ('although'), ('however'), ('since'), ('without'), ('within'), ('upon'), ('want'), ('know'), ('think'), ('see'),
('said'), ('say'), ('says'), ('please')
) AS w(word);
