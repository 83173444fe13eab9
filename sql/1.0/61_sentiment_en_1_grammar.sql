----------------------------------------------------------------------
-- English: words that change what other words say.
--
-- Negators, intensifiers, softeners, contrasts, concessions and fillers.  An
-- intensifier with a valence means something by itself, too ("pretty",
-- "bloody"): it counts when no term stands beside it.
----------------------------------------------------------------------

INSERT INTO analytics.sentiment_terms (term, role, language, builtin)
SELECT t.term, 'negator', 'en', true FROM (VALUES
-- plain
('not'), ('no'), ('never'), ('none'), ('nobody'), ('no one'), ('noone'), ('nothing'), ('neither'), ('nor'),
('nowhere'), ('nought'),
-- with a verb, as written with and without the apostrophe
('cannot'), ('can''t'), ('cant'), ('don''t'), ('dont'), ('doesn''t'), ('doesnt'), ('didn''t'), ('didnt'),
('won''t'), ('wont'), ('wouldn''t'), ('wouldnt'), ('isn''t'), ('isnt'), ('aren''t'), ('arent'), ('wasn''t'),
('wasnt'), ('weren''t'), ('werent'), ('ain''t'), ('aint'), ('shouldn''t'), ('shouldnt'), ('couldn''t'),
('couldnt'), ('haven''t'), ('havent'), ('hasn''t'), ('hasnt'), ('hadn''t'), ('hadnt'), ('mustn''t'),
('mustnt'), ('needn''t'), ('neednt'), ('mightn''t'), ('shan''t'),
-- nearly none
('without'), ('hardly'), ('barely'), ('scarcely'), ('rarely'), ('seldom'), ('hardly any'), ('hardly ever'),
('barely any'), ('almost never'),
-- of several words
('no longer'), ('no more'), ('not even'), ('not at all'), ('not any'), ('not yet'), ('not anymore'),
('never ever'), ('not exactly'), ('not really'), ('not particularly'), ('far from'), ('anything but'),
('nowhere near'), ('free of'), ('free from'), ('devoid of'), ('stopped being'), ('used to be'),
('cease to be'), ('not as'), ('rather than')
) AS t(term);

INSERT INTO analytics.sentiment_terms (term, role, factor, valence, language, builtin)
SELECT t.term, 'intensifier', t.factor, t.valence, 'en', true FROM (VALUES
-- degree
('very', 1.3, 0), ('really', 1.3, 0), ('highly', 1.3, 0), ('deeply', 1.3, 0), ('seriously', 1.3, 0),
('genuinely', 1.3, 0), ('thoroughly', 1.3, 0), ('entirely', 1.3, 0), ('majorly', 1.3, 0),
('massively', 1.3, 0), ('hugely', 1.3, 0), ('greatly', 1.3, 0), ('wildly', 1.3, 0), ('so', 1.25, 0),
('such', 1.25, 0), ('what a', 1.25, 0), ('what an', 1.25, 0), ('totally', 1.4, 0), ('completely', 1.4, 0),
('immensely', 1.4, 0), ('tremendously', 1.4, 0), ('enormously', 1.4, 0), ('remarkably', 1.4, 0),
('intensely', 1.4, 0), ('hella', 1.4, 0), ('super duper', 1.4, 0), ('so so much', 1.4, 0),
('by far', 1.4, 0), ('extremely', 1.5, 0), ('absolutely', 1.5, 0), ('utterly', 1.5, 0),
('exceptionally', 1.5, 0), ('extraordinarily', 1.5, 0), ('unbelievably', 1.5, 0), ('insanely', 1.5, 0),
('infinitely', 1.5, 0), ('beyond words', 1.5, 0), ('much', 1.2, 0), ('most', 1.2, 0),
('especially', 1.2, 0), ('particularly', 1.2, 0), ('literally', 1.2, 0), ('fully', 1.2, 0),
('simply', 1.2, 0), ('purely', 1.2, 0), ('downright', 1.2, 0), ('definitely', 1.2, 0), ('indeed', 1.2, 0),
('a lot', 1.2, 0), ('alot', 1.2, 0), ('lots', 1.2, 0), ('real', 1.2, 0), ('certainly', 1.2, 0),
('ever so', 1.2, 0), ('way more', 1.2, 0), ('far more', 1.2, 0), ('way', 1.2, 0), ('so much', 1.4, 0),
('very much', 1.4, 0), ('very very', 1.4, 0), ('really really', 1.4, 0), ('so very', 1.4, 0),
('so many', 1.4, 0), ('always', 1.15, 0), ('all so', 1.15, 0), ('how very', 1.15, 0),
('all the more', 1.15, 0), ('even more', 1.15, 0), ('more', 1.15, 0), ('forever', 1.15, 0),
('quite', 1.05, 0), ('af', 1.3, 0), ('as hell', 1.3, 0), ('as fuck', 1.3, 0), ('as shit', 1.3, 0),
('like crazy', 1.3, 0), ('to the max', 1.3, 0), ('to bits', 1.3, 0), ('to death', 1.3, 0),
('with all my heart', 1.3, 0), ('from the bottom of my heart', 1.3, 0), ('big time', 1.3, 0),
('wholeheartedly', 1.3, 0), ('profoundly', 1.3, 0), ('strongly', 1.3, 0), ('sincerely', 1.3, 0),
-- degree, with a meaning of their own
('super', 1.4, 0.3), ('incredibly', 1.4, 0.3), ('truly', 1.4, 0.15), ('perfectly', 1.4, 0.5),
('amazingly', 1.4, 0.5), ('pretty', 1.2, 0.3), ('too', 1.1, -0.05), ('too much', 1.2, -0.15),
('too many', 1.2, -0.15), ('way too', 1.2, -0.15), ('way too much', 1.2, -0.25), ('overly', 1.2, -0.2),
('excessively', 1.2, -0.3), ('unusually', 1.2, -0.05), ('so so', 1.4, -0.15), ('awfully', 1.4, -0.4),
('terribly', 1.4, -0.5), ('horribly', 1.4, -0.7), ('dreadfully', 1.4, -0.6), ('ridiculously', 1.4, -0.3),
('painfully', 1.4, -0.45), ('disgustingly', 1.4, -0.7), ('shockingly', 1.4, -0.3), ('stupidly', 1.4, -0.5),
-- swearing
('fucking', 1.4, -0.35), ('fuckin', 1.4, -0.35), ('fckin', 1.4, -0.35), ('fking', 1.4, -0.35),
('fkn', 1.4, -0.35), ('motherfucking', 1.4, -0.4), ('damn', 1.3, -0.3), ('damned', 1.3, -0.35),
('goddamn', 1.3, -0.4), ('goddam', 1.3, -0.4), ('god damn', 1.3, -0.4), ('bloody', 1.3, -0.25),
('freaking', 1.3, -0.1), ('freakin', 1.3, -0.1), ('frickin', 1.3, -0.1), ('fricking', 1.3, -0.1),
('friggin', 1.3, -0.15), ('frigging', 1.3, -0.15), ('flipping', 1.3, -0.1), ('effing', 1.3, -0.25),
('effin', 1.3, -0.25)
) AS t(term, factor, valence);

INSERT INTO analytics.sentiment_terms (term, role, factor, valence, language, builtin)
SELECT t.term, 'softener', t.factor, t.valence, 'en', true FROM (VALUES
-- a part of it
('slightly', 0.6, 0), ('somewhat', 0.6, 0), ('a bit', 0.6, 0), ('a little', 0.6, 0),
('a little bit', 0.6, 0), ('abit', 0.6, 0), ('a tad', 0.6, 0), ('a touch', 0.6, 0), ('partly', 0.6, 0),
('partially', 0.6, 0), ('mildly', 0.6, 0), ('in part', 0.6, 0), ('to some extent', 0.6, 0),
('to a degree', 0.6, 0), ('almost', 0.5, 0), ('nearly', 0.5, 0), ('marginally', 0.5, 0),
('a wee bit', 0.5, 0), ('at times', 0.5, 0), ('occasionally', 0.5, 0), ('once in a while', 0.5, 0),
('now and then', 0.5, 0), ('kinda', 0.7, 0), ('kind of', 0.7, 0), ('sorta', 0.7, 0), ('sort of', 0.7, 0),
('moderately', 0.7, 0), ('sometimes', 0.7, 0), ('more or less', 0.7, 0), ('semi', 0.7, 0), ('bit', 0.7, 0),
('in a way', 0.7, 0), ('at first', 0.7, 0), ('fairly', 0.85, 0), ('relatively', 0.85, 0),
('reasonably', 0.85, 0), ('mostly', 0.85, 0), ('comparatively', 0.85, 0), ('for the most part', 0.85, 0),
('generally', 0.85, 0), ('decently', 0.85, 0), ('rather', 0.9, 0),
-- said to be, but not said to be so
('supposed to be', 0.4, 0), ('supposedly', 0.4, 0), ('allegedly', 0.4, 0), ('was hoping for', 0.4, 0),
('if it were', 0.4, 0), ('if it was', 0.4, 0), ('less', 0.4, 0)
) AS t(term, factor, valence);

INSERT INTO analytics.sentiment_terms (term, role, language, builtin)
SELECT t.term, 'contrast', 'en', true FROM (VALUES
('but'), ('however'), ('nevertheless'), ('nonetheless'), ('on the other hand'), ('on the flip side'),
('that said'), ('that being said'), ('having said that'), ('even so'), ('then again'), ('except'),
('except for'), ('except that'), ('except when'), ('other than that'), ('apart from that'),
('aside from that'), ('besides that'), ('whereas'), ('conversely'), ('only thing is'), ('only problem is'),
('the catch is')
) AS t(term);

INSERT INTO analytics.sentiment_terms (term, role, language, builtin)
SELECT t.term, 'concession', 'en', true FROM (VALUES
('although'), ('though'), ('tho'), ('even though'), ('even tho'), ('despite'), ('in spite of'),
('regardless of'), ('albeit'), ('even if'), ('notwithstanding'), ('granted'), ('aside from'),
('apart from'), ('other than')
) AS t(term);

INSERT INTO analytics.sentiment_terms (term, role, language, builtin)
SELECT t.term, 'filler', 'en', true FROM (VALUES
-- skipped inside of phrases
('a'), ('the'), ('is'), ('was'), ('are'), ('were'), ('been'), ('also'), ('just'), ('still'), ('even'),
('actually'), ('honestly'), ('basically'), ('overall'), ('personally'), ('obviously'), ('currently'),
('already'), ('not only'), ('not just'), ('but also')
) AS t(term);
