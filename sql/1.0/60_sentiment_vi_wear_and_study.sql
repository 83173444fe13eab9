----------------------------------------------------------------------
-- Sentiment, Vietnamese: how goods fail or last, and what students praise
-- or miss.
----------------------------------------------------------------------

-- teaching, praised
INSERT INTO analytics.sentiment_terms (term, role, valence, language, builtin)
SELECT t.term, 'term', t.valence, 'vi', true FROM (VALUES
('cặn kẽ', 0.6), ('giải thích cặn kẽ', 0.7), ('nắm vững', 0.5), ('nắm vững chuyên môn', 0.7),
('công phu', 0.6), ('biên soạn công phu', 0.7), ('kèm cặp', 0.5), ('dí dỏm', 0.6), ('hóm hỉnh', 0.6),
('bao quát', 0.4), ('bao quát lớp', 0.5), ('dẫn dắt', 0.4), ('dẫn dắt vấn đề', 0.5),
('tạo điều kiện cho sinh viên', 0.6), ('nhớ lâu', 0.5), ('nhớ lâu hơn', 0.5), ('hết sợ', 0.5),
('khá lên', 0.5), ('tiến bộ hơn', 0.5), ('tiến bộ rõ rệt', 0.7), ('rèn luyện', 0.3),
('rèn tư duy', 0.5), ('tư duy phản biện', 0.3), ('xem lại bất cứ lúc nào', 0.4),
('nhớ tên từng', 0.5), ('đáng để học', 0.6), ('nên đăng ký học', 0.6), ('được học cô', 0.4),
('được học thầy', 0.4), ('muốn học tiếp', 0.5), ('mong được học', 0.5), ('góp ý thẳng thắn', 0.4),
('mang tính xây dựng', 0.5), ('rất xây dựng', 0.5), ('sửa từng lỗi', 0.5), ('sửa bài cho', 0.4),
('sửa bài tại lớp', 0.5), ('giải đáp mọi', 0.5), ('trả lời tận tình', 0.6),
('chỉ dạy tận tình', 0.7), ('truyền đạt tốt', 0.7), ('truyền cảm hứng', 0.8),
('cách làm người', 0.4), ('dạy cả kiến thức lẫn', 0.4), ('ứng dụng thực tế', 0.5),
('ví dụ minh họa rõ', 0.5), ('trôi qua rất nhanh', 0.4), ('không thấy chán', 0.5),
('không bị buồn ngủ', 0.5), ('chuẩn bị bài kỹ', 0.6), ('chuẩn bị kỹ lưỡng', 0.6),
('chấm điểm công bằng', 0.6), ('nhận xét chi tiết', 0.5)
) AS t(term, valence);

-- teaching, faulted
INSERT INTO analytics.sentiment_terms (term, role, valence, language, builtin)
SELECT t.term, 'term', t.valence, 'vi', true FROM (VALUES
('một đằng thi một nẻo', -0.8), ('học một đằng thi một nẻo', -0.8), ('dạy một đằng', -0.7),
('không có điểm nhấn', -0.5), ('không có phản hồi', -0.6), ('đầu óc trống rỗng', -0.6),
('theo không nổi', -0.6), ('theo không kịp', -0.6), ('dạy bù', -0.3), ('dạy bù dồn', -0.5),
('bỏ nhiều buổi', -0.6), ('hay nghỉ dạy', -0.6), ('cho nghỉ nhiều', -0.4), ('không ai hiểu', -0.7),
('chẳng ai hiểu', -0.7), ('không hiểu gì', -0.7), ('chẳng hiểu gì', -0.7), ('không hiểu bài', -0.6),
('chép tay', -0.4), ('bắt sinh viên', -0.4), ('bắt mua', -0.6), ('bắt mua sách', -0.7),
('đọc y nguyên', -0.6), ('đọc nguyên', -0.5), ('đọc lại slide', -0.5), ('chỉ đọc slide', -0.7),
('toàn đọc slide', -0.7), ('toàn công thức', -0.4), ('thiếu kinh nghiệm', -0.5),
('thiếu kinh nghiệm thực tế', -0.6), ('kiến thức quá rộng', -0.4), ('chẳng được bao nhiêu', -0.6),
('không được bao nhiêu', -0.6), ('không có thời gian', -0.4), ('không đủ thời gian', -0.5),
('chưa có buổi', -0.4), ('nên chia nhỏ', -0.3), ('nên đến lớp đúng giờ', -0.5),
('nên đi đúng giờ', -0.5), ('nên trang bị thêm', -0.4), ('được trang bị thêm', -0.3),
('trang bị thêm', -0.3), ('cần thống nhất', -0.4), ('cần thay đổi', -0.4), ('cần xem lại', -0.5),
('hy vọng kỳ sau', -0.3), ('mong kỳ sau', -0.3), ('chưa hướng dẫn', -0.5), ('chưa giải thích', -0.5),
('chưa rõ ràng', -0.5), ('không rõ ràng', -0.5), ('chấm điểm khó', -0.4), ('máy chiếu hỏng', -0.6),
('ghế gãy', -0.5), ('quạt hỏng', -0.5), ('máy lạnh hỏng', -0.6)
) AS t(term, valence);

-- goods that fail, by how
INSERT INTO analytics.sentiment_terms (term, role, valence, language, builtin)
SELECT t.term, 'term', t.valence, 'vi', true FROM (VALUES
('xẹp lép', -0.6), ('xẹp', -0.4), ('cùn', -0.5), ('cùn như', -0.6), ('há mõm', -0.7),
('há miệng', -0.4), ('ỉu', -0.5), ('ỉu xìu', -0.5), ('ôi dầu', -0.7), ('đem vứt', -0.7),
('đổ bỏ', -0.7), ('lặn mất tăm', -0.7), ('biến mất tăm', -0.6), ('tắt ngóm', -0.7),
('tịt ngóm', -0.7), ('tắt ngúm', -0.7), ('nhấp nháy rồi tắt', -0.6), ('liệt', -0.5),
('liệt nút', -0.6), ('liệt phím', -0.6), ('double click', -0.4), ('ve chai', -0.6),
('như đồ ve chai', -0.7), ('đồ ve chai', -0.7), ('rách bìa', -0.6), ('bìa rách', -0.6),
('đóng cục', -0.5), ('pha đường', -0.4), ('trắng xóa', -0.1), ('nóng hầm hập', -0.7),
('hầm hập', -0.6), ('ngủ hổng nổi', -0.6), ('ngủ không nổi', -0.6), ('kêu như máy cày', -0.7),
('ồn như', -0.5), ('dính như keo', -0.5), ('lòi cả ra', -0.5), ('lòi keo', -0.5), ('lòi chỉ', -0.5),
('bọt khí', -0.4), ('chạm không ăn', -0.6), ('bên có bên không', -0.6),
('ướt từ trong ra ngoài', -0.6), ('đi xuống thấy rõ', -0.6), ('chất lượng đi xuống', -0.7),
('suy nghĩ lại', -0.4), ('nghĩ lại nha', -0.4), ('hết dám', -0.6), ('không dám xài', -0.6),
('mua một lần cho biết', -0.6), ('mua 1 lần cho biết', -0.6), ('ăn một lần cho biết', -0.5),
('thử một lần cho biết', -0.4), ('xoay vòng vòng', -0.5), ('con gián', -0.6), ('tóc trong', -0.5),
('cười trừ', -0.4), ('công trường', -0.2), ('chưa tới đâu', -0.4)
) AS t(term, valence);

-- goods that last and please
INSERT INTO analytics.sentiment_terms (term, role, valence, language, builtin)
SELECT t.term, 'term', t.valence, 'vi', true FROM (VALUES
('chưa phải sửa', 0.5), ('chưa phải sửa gì', 0.6), ('chưa hư gì', 0.6), ('chưa hỏng gì', 0.6),
('bền vậy', 0.5), ('mà bền', 0.5), ('còn mới', 0.4), ('vẫn còn mới', 0.5), ('vẫn như mới', 0.7),
('không phải nói nhiều', 0.6), ('khỏi phải nói nhiều', 0.6), ('nói chung khỏi chê', 0.7),
('có võ', 0.5), ('nhỏ mà có võ', 0.7), ('cũng phải khen', 0.6), ('phải khen', 0.6),
('béo thơm', 0.6), ('thơm béo', 0.6), ('dai dai', 0.3), ('còn lạnh', 0.2), ('không mỏi', 0.5),
('không mỏi lưng', 0.5), ('không mỏi tay', 0.5), ('không đau tai', 0.5), ('không đau chân', 0.5),
('không chói', 0.5), ('không trơn', 0.5), ('không mùi', 0.5), ('không có mùi', 0.4),
('không bị bết', 0.5), ('không bết', 0.5), ('không khô căng', 0.5), ('không ngứa', 0.5),
('không rát', 0.5), ('không phai', 0.5), ('không xù lông', 0.6), ('êm không ồn', 0.6),
('không trầy', 0.5), ('không cấn', 0.4), ('không móp', 0.5), ('không bể', 0.4), ('không vỡ', 0.4),
('không táo bón', 0.5), ('không cháy', 0.3), ('ăn hoài không ngán', 0.7), ('ăn không ngán', 0.6),
('thướt tha', 0.6), ('ai cũng hỏi mua', 0.6), ('ai cũng hỏi chỗ mua', 0.7), ('hỏi chỗ mua', 0.5),
('nhà nào cũng nên có', 0.7), ('ai cũng nên có', 0.6), ('cái vèo', 0.4), ('nghe phim đã', 0.5),
('nghe đã tai', 0.6), ('đã miệng', 0.5), ('triệu sao', 0.8), ('cho triệu sao', 0.9),
('ngàn sao', 0.8), ('tuần nào cũng ghé', 0.6), ('tháng nào cũng mua', 0.6), ('ghé hoài', 0.5),
('tăng cân đều', 0.5), ('rau tươi', 0.5), ('thịt tươi', 0.5), ('cá tươi', 0.5), ('sửa liền', 0.4),
('sửa ngay', 0.3), ('đổi liền', 0.4), ('đổi mới liền', 0.5), ('bớt hẳn', 0.4), ('giảm hẳn', 0.3),
('mua thứ hai', 0.3), ('lần thứ 4', 0.4), ('mua lần thứ 4', 0.6), ('mua lần thứ 5', 0.6),
('mua lần thứ n', 0.6), ('không đi là phí', 0.7)
) AS t(term, valence);
