----------------------------------------------------------------------
-- English words that Vietnamese uses, too.
----------------------------------------------------------------------

INSERT INTO analytics.sentiment_terms (term, role, valence, language, builtin)
SELECT t.term, 'term', t.valence, 'any', true FROM (VALUES
-- good
('ok', 0.4), ('okay', 0.35), ('okey', 0.35), ('good', 0.6), ('nice', 0.6), ('perfect', 0.95), ('hot', 0.15),
('best', 0.7), ('top', 0.3), ('cool', 0.6), ('chill', 0.4), ('vip', 0.3), ('pro', 0.3), ('sale', 0.12),
('win', 0.4), ('cute', 0.6), ('fun', 0.5), ('happy', 0.75), ('love', 0.7), ('like', 0.2), ('hehehe', 0.3),
('wow', 0.45), ('omg', 0.1), ('lol', 0.25), ('lmao', 0.3), ('xd', 0.3), ('thanks', 0.6), ('crush', 0.3),
('hype', 0.1), ('slay', 0.45), ('free', 0.2), ('new', 0.12), ('amazing', 0.85), ('great', 0.7),
('beautiful', 0.7), ('yes', 0.2), ('sweet', 0.6), ('sexy', 0.7), ('lit', 0.45), ('chic', 0.6),
('epic', 0.6), ('legit', 0.4),
-- bad
('fake', -0.7), ('lags', -0.6), ('lagging', -0.6), ('bug', -0.35), ('bugs', -0.4), ('fail', -0.7),
('drama', -0.3), ('dramas', -0.2), ('toxic', -0.45), ('rip', -0.4), ('sad', -0.65), ('bad', -0.65),
('hichic', -0.25), ('wtf', -0.6), ('sorry', -0.3), ('spam', -0.5), ('scam', -0.85), ('die', -0.5),
('mad', -0.55), ('nope', -0.15), ('trash', -0.75), ('shit', -0.5), ('fuck', -0.5), ('boring', -0.5),
('crazy', -0.1), ('stress', -0.5), ('stressed', -0.5)
) AS t(term, valence);
