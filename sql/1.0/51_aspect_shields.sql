----------------------------------------------------------------------
-- Aspect terms that mention nothing: phrases whose words would.
----------------------------------------------------------------------

INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'NONE', 'secondary', true FROM (VALUES
('đánh giá'),
('đánh giá cao'),
('đánh giá thấp'),
('đánh giá tốt'),
('giá trị'),
('vô giá'),
('giá như'),
('giá mà'),
('giá đỗ'),
('giá sách'),
('đấu giá'),
('bằng mọi giá'),
('cái giá phải trả'),
('xin lỗi'),
('lãng phí'),
('phí công'),
('phí thời gian'),
('gương mặt'),
('tấm gương'),
('vải thiều'),
('đèn giao thông'),
('đèn đỏ'),
('thông báo nghỉ'),
('quality time'),
('no range of'),
('price of freedom'),
('power of love'),
('lỗi tại tôi'),
('lỗi tại mình'),
('lỗi của mình'),
('có lỗi với'),
('ram mở hàng'),
('giá vẽ'),
('giá treo'),
('phí phạm'),
('uổng phí')
) AS t(term);

INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin) VALUES
('phí duy trì', 'PRICE', 'primary', true);
