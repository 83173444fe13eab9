----------------------------------------------------------------------
-- Spam keywords
----------------------------------------------------------------------

/*
 * A post whose author uses one of these is noise, whatever else it says; so
 * none of them is a word that a customer needs.
 */

INSERT INTO analytics.spam_keywords (keyword, builtin)
SELECT k.keyword, true FROM (VALUES
-- loans
('vay vốn'), ('lãi suất thấp'), ('lãi suất ưu đãi'), ('lãi suất hấp dẫn'), ('lãi suất chỉ từ'), ('vay lãi suất'),
('giải ngân'), ('vay tín chấp'), ('vay tiền nhanh'), ('vay tiền online'), ('vay nóng'), ('bốc bát họ'), ('đáo hạn ngân hàng'),
('không cần thế chấp'), ('hỗ trợ nợ xấu'), ('rút tiền thẻ tín dụng'), ('cho vay tiền'), ('duyệt hồ sơ nhanh'),
-- sim cards, accounts, likes
('bán sim'), ('sim số đẹp'), ('sim phong thủy'), ('bán nick'), ('bán acc'), ('mua bán nick'), ('tăng like'), ('tăng follow'),
('tăng tương tác'), ('sub chéo'), ('follow chéo'),
-- jobs
('tuyển dụng'), ('tuyển cộng tác viên'), ('tuyển ctv'), ('việc nhẹ lương cao'), ('kiếm tiền online'), ('kiếm tiền tại nhà'),
('kiếm thêm thu nhập'), ('thu nhập thụ động'), ('làm việc tại nhà'), ('làm thêm tại nhà'),
-- gambling
('nhà cái'), ('cá độ'), ('lô đề'), ('soi cầu'), ('nổ hũ'), ('tài xỉu'), ('kèo nhà cái'), ('game đổi thưởng'), ('đánh bài đổi thưởng'),
('bắn cá đổi thưởng'),
-- investments
('cam kết lợi nhuận'), ('lợi nhuận khủng'), ('nhân đôi tài khoản'), ('tín hiệu forex'),
-- sex
('gái gọi'), ('sugar baby'), ('sugar daddy'), ('thuốc kích dục'),
-- English
('work from home jobs'), ('make money online'), ('earn money online'), ('passive income'), ('instant loan'), ('payday loan'),
('follow for follow'), ('buy followers'), ('free followers'), ('online casino'), ('free spins'), ('crypto giveaway'),
('bitcoin investment'), ('forex signals'), ('guaranteed profit'), ('hot singles')
) AS k(keyword);
