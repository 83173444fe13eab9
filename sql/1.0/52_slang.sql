----------------------------------------------------------------------
-- Slang
----------------------------------------------------------------------

/*
 * Chat spellings and what they stand for, whole words of one to three.  A
 * spelling that is an ordinary word too is not here, unless beside another
 * word that tells; a row that changes nothing shields its words ("bên hông",
 * a side, from "hông").  A word of one letter is replaced only where it is lower
 * case and no neighbour is capitalised or holds a digit.
 */

-- Vietnamese
INSERT INTO analytics.slang (source, formal, language, builtin)
SELECT s.source, s.formal, 'vi', true FROM (VALUES
-- not
('ko', 'không'), ('k', 'không'), ('khg', 'không'), ('hk', 'không'), ('hok', 'không'), ('hông', 'không'), ('bên hông', 'bên hông'), ('hông xe', 'hông xe'), ('mạn hông', 'mạn hông'), ('hem', 'không'), ('hổng', 'không'),
('khum', 'không'), ('kh', 'không'), ('kô', 'không'), ('khôg', 'không'), ('hôg', 'không'), ('kông', 'không'), ('hông có', 'không có'),
('chx', 'chưa'), 
-- can, is, already
('dc', 'được'), ('đc', 'được'), ('đươc', 'được'), ('dx', 'được'), ('đx', 'được'), ('đượk', 'được'), ('đựơc', 'được'),
('r', 'rồi'), ('rùi', 'rồi'), ('ròi', 'rồi'), ('òi', 'rồi'), ('lun', 'luôn'), ('luông', 'luôn'), ('lém', 'lắm'), ('lm', 'làm'), ('đag', 'đang'), ('dag', 'đang'), 
('ko bít', 'không biết'), ('k bít', 'không biết'), ('không bít', 'không biết'), ('có bít', 'có biết'), ('ai bít', 'ai biết'), ('bik', 'biết'), ('bjk', 'biết'), ('bjết', 'biết'), ('ko bt', 'không biết'), ('k bt', 'không biết'), ('không bt', 'không biết'), ('ai bt', 'ai biết'), ('bt', 'bình thường'), ('bthg', 'bình thường'), ('bthuong', 'bình thường'), ('bth', 'bình thường'),
('mún', 'muốn'), ('mún mua', 'muốn mua'), ('thik', 'thích'), ('thix', 'thích'), ('iu', 'yêu'), ('iêu', 'yêu'), ('vui zẻ', 'vui vẻ'), ('zui', 'vui'), ('dui', 'vui'), 
-- very
('vkl', 'rất'), ('vcl', 'rất'), ('vl', 'rất'), ('vãi l', 'rất'), ('wá', 'quá'), ('wa', 'quá'), ('qá', 'quá'), ('quá trời lun', 'quá trời luôn'), ('nhìu', 'nhiều'), ('nhiù', 'nhiều'), ('nhìu lắm', 'nhiều lắm'), ('rứt', 'rất'), ('rất chi là', 'rất là'), ('siu', 'siêu'), ('cực kì', 'cực kỳ'),
-- who
('ae', 'anh em'), ('a e', 'anh em'), ('ace', 'anh chị em'), ('mik', 'mình'), ('mk', 'mình'), ('mìn', 'mình'), ('mjk', 'mình'), ('e', 'em'), ('a', 'anh'), ('c', 'chị'), ('m', 'mày'), ('t', 'tao'), ('b', 'bạn'), ('bn', 'bao nhiêu'), ('các bn', 'các bạn'), ('mấy bn', 'mấy bạn'), ('bn ơi', 'bạn ơi'), ('bn nào', 'bạn nào'), ('cho bn', 'cho bạn'), 
('mn', 'mọi người'), ('mng', 'mọi người'), ('mọi ng', 'mọi người'), ('mí bạn', 'mấy bạn'), ('mí', 'mấy'), ('ng', 'người'), ('ngta', 'người ta'), ('nta', 'người ta'), ('ngừi', 'người'), ('ngừ', 'người'), ('ny', 'người yêu'), ('vk', 'vợ'), ('vck', 'vợ chồng'), ('bx', 'bà xã'), ('ox', 'ông xã'),
('cty', 'công ty'), ('nv', 'nhân viên'), ('nvien', 'nhân viên'), ('gv', 'giảng viên'), ('sv', 'sinh viên'), ('hs', 'học sinh'), ('ad ơi', 'admin ơi'), ('sốp', 'shop'), ('shọp', 'shop'), ('sop', 'shop'),
-- and, with, also
('vs', 'với'), ('zới', 'với'), ('vz', 'với'), ('cx', 'cũng'), ('cg', 'cũng'), ('cug', 'cũng'), ('cũg', 'cũng'), ('j', 'gì'), ('gi', 'gì'), ('z', 'vậy'), ('zậy', 'vậy'), ('dzậy', 'vậy'), ('v', 'vậy'), ('zị', 'vậy'), ('rứa', 'vậy'), ('zì', 'gì'),
('s', 'sao'), ('nhma', 'nhưng mà'), ('nhg', 'nhưng'), ('nhưg', 'nhưng'), ('nma', 'nhưng mà'), ('nhm', 'nhưng mà'), ('nch', 'nói chuyện'), ('nc', 'nói chuyện'), ('ns', 'nói'), ('ntn', 'như thế nào'), ('sd', 'sử dụng'), ('trc', 'trước'), ('trk', 'trước'), ('tg', 'thời gian'), ('tgian', 'thời gian'), ('hnay', 'hôm nay'), ('hqua', 'hôm qua'),
('oke', 'ok'), ('okie', 'ok'), ('okê', 'ok'), ('ô kê', 'ok'), ('ô kê la', 'ok'), ('okela', 'ok'), ('oki', 'ok'), ('okii', 'ok'), ('uk', 'ừ'), ('uhm', 'ừ'), ('uh', 'ừ'), ('ukm', 'ừ'), ('ừm', 'ừ'), ('hok bít', 'không biết'), ('dth', 'dễ thương'), ('dthw', 'dễ thương'), 
-- buying and selling
('sp', 'sản phẩm'), ('spham', 'sản phẩm'), ('sphẩm', 'sản phẩm'), ('clg', 'chất lượng'), ('cluong', 'chất lượng'), ('chất lg', 'chất lượng'), ('ship per', 'shipper'), ('dv', 'dịch vụ'), ('dvu', 'dịch vụ'), ('bhanh', 'bảo hành'), ('tvan', 'tư vấn'), 
('ib', 'inbox'), ('inb', 'inbox'), ('inbx', 'inbox'), ('cmt', 'bình luận'), ('lh', 'liên hệ'), ('lhe', 'liên hệ'), ('sdt', 'số điện thoại'), ('sđt', 'số điện thoại'), ('đt', 'điện thoại'), ('dthoai', 'điện thoại'), ('đthoại', 'điện thoại'), ('fb', 'facebook'), ('zl', 'zalo'), ('dalo', 'zalo'), ('da lô', 'zalo'), ('za lô', 'zalo'),
('bnhiu', 'bao nhiêu'), ('bnhieu', 'bao nhiêu'), ('bao nhiu', 'bao nhiêu'), ('bao nhiu tiền', 'bao nhiêu tiền'), ('bnh', 'bao nhiêu'), ('giá bn', 'giá bao nhiêu'), ('gia bn', 'giá bao nhiêu'), ('bn tiền', 'bao nhiêu tiền'), ('bn tien', 'bao nhiêu tiền'), ('bn vậy', 'bao nhiêu vậy'), ('bn ạ', 'bao nhiêu ạ'), ('bn shop', 'bao nhiêu shop'), ('nhiu', 'nhiêu'), ('nhiu tiền', 'nhiêu tiền'), ('bi nhiu', 'bao nhiêu'), ('bi nhiêu', 'bao nhiêu'),
('giá xe bn', 'giá xe bao nhiêu'), ('xe bn', 'xe bao nhiêu'), ('hết bn', 'hết bao nhiêu'), ('khuyến mại', 'khuyến mãi'), ('km gì', 'khuyến mãi gì'), ('tks', 'cảm ơn'), ('tk', 'tài khoản'), ('thanks', 'cảm ơn'), ('thank', 'cảm ơn'), ('thak', 'cảm ơn'), ('camon', 'cảm ơn'), ('cám ơn', 'cảm ơn'), ('cảm ưn', 'cảm ơn'), 
('qtrong', 'quan trọng'), ('đth', 'điện thoại'), ('qc', 'quảng cáo'), ('rv', 'review'), ('rì viu', 'review'), ('ri viu', 'review'),
-- oaths, as they are meant
('đkm', 'mẹ kiếp'), ('dkm', 'mẹ kiếp'), ('đm', 'mẹ kiếp'), ('đcm', 'mẹ kiếp'), ('dcm', 'mẹ kiếp'), ('vcc', 'vãi'), ('vcđ', 'vãi'), ('ếu', 'đéo'), ('như cc', 'như cục cứt')
) AS s(source, formal);

-- English
INSERT INTO analytics.slang (source, formal, language, builtin)
SELECT s.source, s.formal, 'en', true FROM (VALUES
('u', 'you'), ('r you', 'are you'), ('ur', 'your'), ('urs', 'yours'), ('ya', 'you'), ('y''all', 'you all'), ('yall', 'you all'), ('luv', 'love'), ('lov', 'love'), ('gr8', 'great'), ('grt', 'great'), ('b4', 'before'), ('2day', 'today'), ('2moro', 'tomorrow'), ('2morrow', 'tomorrow'),
('tmrw', 'tomorrow'), ('tmr', 'tomorrow'), ('2nite', 'tonight'), ('2night', 'tonight'), ('tonite', 'tonight'), ('pls', 'please'), ('plz', 'please'), ('plez', 'please'), ('thanx', 'thanks'), ('thnx', 'thanks'), ('tnx', 'thanks'), ('ty', 'thank you'), ('tysm', 'thank you so much'),
('tyvm', 'thank you very much'), ('idk', 'i don''t know'), ('cuz', 'because'), ('coz', 'because'), ('bc', 'because'), ('bcuz', 'because'), ('becuz', 'because'), ('bcoz', 'because'), ('ppl', 'people'), ('peeps', 'people'), ('rly', 'really'), ('rlly', 'really'), ('realy', 'really'), ('srsly', 'seriously'),
('def', 'definitely'), ('definately', 'definitely'), ('prolly', 'probably'), ('prob', 'probably'), ('probs', 'probably'), ('gd', 'good'), ('gud', 'good'), ('goood', 'good'), ('nite', 'night'), ('abt', 'about'), ('msg', 'message'), ('txt', 'text'), ('pic', 'picture'), ('pics', 'pictures'), ('fav', 'favorite'),
('fave', 'favorite'), ('favourite', 'favorite'), ('wout', 'without'), ('imo', 'in my opinion'), ('imho', 'in my opinion'), ('btw', 'by the way'), ('omw', 'on my way'), ('asap', 'as soon as possible'), ('bday', 'birthday'), ('congratz', 'congratulations'),
('grats', 'congratulations'), ('wanna', 'want to'), ('gonna', 'going to'), ('gotta', 'got to'), ('gimme', 'give me'), ('lemme', 'let me'), ('dunno', 'don''t know'), ('outta', 'out of'), ('lotta', 'lot of'), ('hafta', 'have to'),
('wuz', 'was'), ('iz', 'is'), ('da', 'the'), ('dat', 'that'), ('dis', 'this'), ('wat', 'what'), ('wut', 'what'), ('wht', 'what'), ('wen', 'when'), ('wif', 'with'), ('wit', 'with'), ('thru', 'through'), ('tho', 'though'), ('altho', 'although'), ('nvm', 'never mind'), ('jk', 'just kidding'),
('hw', 'homework'), ('wknd', 'weekend'), ('yr', 'year'), ('yrs', 'years'), ('hrs', 'hours'), ('mins', 'minutes'), ('dont', 'don''t'), ('doesnt', 'doesn''t'), ('didnt', 'didn''t'), ('isnt', 'isn''t'), ('wasnt', 'wasn''t'), ('arent', 'aren''t'), ('werent', 'weren''t'), ('cant', 'can''t'),
('couldnt', 'couldn''t'), ('wouldnt', 'wouldn''t'), ('shouldnt', 'shouldn''t'), ('hasnt', 'hasn''t'), ('havent', 'haven''t'), ('hadnt', 'hadn''t'), ('im', 'i''m'), ('ive', 'i''ve'), ('thats', 'that''s'), ('whats', 'what''s'), ('wheres', 'where''s'), ('theres', 'there''s'), ('youre', 'you''re'),
('theyre', 'they''re'), ('hes', 'he''s'), ('shes', 'she''s'), ('everyones', 'everyone''s'), ('excelent', 'excellent'), ('awsome', 'awesome'), ('awesum', 'awesome'), ('beautifull', 'beautiful'), ('wierd', 'weird'), ('recieve', 'receive'), ('recieved', 'received'), ('recomend', 'recommend'), ('reccomend', 'recommend'),
('dissapointed', 'disappointed'), ('disapointed', 'disappointed'), ('dissapointing', 'disappointing'), ('disapointing', 'disappointing'), ('terible', 'terrible'), ('horible', 'horrible'), ('r u', 'are you'), ('how r u', 'how are you'), ('u r', 'you are')
) AS s(source, formal);

-- letters and words that stand for themselves
INSERT INTO analytics.slang (source, formal, language, builtin)
SELECT s.source, s.source, 'vi', true FROM (VALUES
('vitamin a'), ('vitamin b'), ('vitamin c'), ('vitamin e'), ('vitamin k'), ('size s'), ('size m'),
('type a'), ('type c'), ('usb c'), ('loại a'), ('loại b'), ('loại c'), ('hạng a'), ('hạng b'), ('hạng c'),
('lớp a'), ('lớp b'), ('lớp c'), ('đáp án a'), ('đáp án b'), ('đáp án c'), ('nhóm a'), ('nhóm b'),
('team a'), ('team b'), ('bằng b'), ('bằng c'), ('khoa c'), ('lỗ hổng'), ('hổng chân'), ('đau hông'),
('vòng hông')
) AS s(source);

INSERT INTO analytics.slang (source, formal, language, builtin) VALUES
('bh ở', 'bảo hành ở', 'vi', true), ('bh bao', 'bảo hành bao', 'vi', true), ('được bh', 'được bảo hành', 'vi', true), ('còn bh', 'còn bảo hành', 'vi', true), ('hết bh', 'hết bảo hành', 'vi', true);
