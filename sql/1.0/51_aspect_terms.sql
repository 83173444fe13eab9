----------------------------------------------------------------------
-- Aspect terms
----------------------------------------------------------------------

/*
 * What a post speaks about.  Primary terms name the aspect, secondary ones
 * speak of it.  A word that often means something else stands here only
 * within a phrase: "cản trước" (bumper), not "cản" (hinder); "giá mắc", not
 * "mắc" (to be caught).
 */

-- DESIGN: what it looks and feels like
INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'DESIGN', 'primary', true FROM (VALUES
-- in general
('thiết kế'), ('kiểu dáng'), ('mẫu mã'), ('ngoại hình'), ('hình thức'), ('hình dáng'), ('vẻ ngoài'), ('bề ngoài'), ('ngoại thất'),
('nội thất'), ('màu sắc'), ('màu'), ('màu xe'), ('tông màu'), ('phối màu'), ('phong cách'), ('thẩm mỹ'), ('giao diện'), ('form dáng'),
('kích thước'), ('kích cỡ'), ('họa tiết'), ('hoàn thiện'), ('độ hoàn thiện'), ('chất liệu'), ('đường nét'), ('logo'),
-- cars
('đèn'), ('đèn pha'), ('đèn hậu'), ('đèn led'), ('vô lăng'), ('ghế ngồi'), ('ghế xe'), ('ghế lái'), ('hàng ghế'), ('taplo'), ('táp lô'),
('la zăng'), ('lazang'), ('mâm xe'), ('gương'), ('gương chiếu hậu'), ('cản trước'), ('cản sau'), ('lưới tản'), ('lưới tản nhiệt'),
('cốp'), ('cốp xe'), ('khoang lái'), ('khoang hành khách'), ('cửa sổ trời'), ('nước sơn'), ('lớp sơn'), ('thân xe'), ('nắp capo'), ('cửa xe'),
('màn hình trung tâm'), ('không gian xe'), ('không gian nội thất'), ('trần xe'),
-- devices
('màn hình'), ('vỏ máy'), ('mặt lưng'), ('khung viền'), ('viền màn hình'), ('tai thỏ'), ('bàn phím'), ('thân máy'), ('kiểu máy'),
-- clothes
('kiểu áo'), ('chất vải'), ('vải'), ('đường may'), ('đường chỉ'), ('size áo'), ('form áo'), ('bao bì'), ('đóng gói'), ('hộp đựng'),
-- places
('trang trí'), ('bài trí'), ('kiến trúc'), ('khung cảnh'), ('view'),
-- English
('design'), ('designs'), ('style'), ('styling'), ('look and feel'), ('interior'), ('exterior'), ('colour'), ('color'), ('colors'), ('colours'),
('shape'), ('finish'), ('fit and finish'), ('dashboard'), ('steering wheel'), ('headlights'), ('seats'), ('seat'), ('wheels'), ('trunk'), ('paint'),
('screen'), ('display'), ('bezel'), ('bezels'), ('keyboard'), ('user interface'), ('interface'), ('packaging'), ('fabric'), ('material'), ('materials'),
('appearance'), ('decor'), ('layout')
) AS t(term);

INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'DESIGN', 'secondary', true FROM (VALUES
('sang trọng'), ('hiện đại'), ('cổ điển'), ('bóng bẩy'), ('mượt mà'), ('thiết kế đẹp'), ('ngoại thất đẹp'), ('nội thất sang'), ('thời trang'),
('tinh tế'), ('thanh lịch'), ('bắt mắt'), ('lạ mắt'), ('đẹp mắt'), ('gọn gàng'), ('nhỏ gọn'), ('cứng cáp'), ('quê mùa'), ('lỗi thời'), ('sến'), ('thô kệch'),
('rộng rãi'), ('chật chội'), ('góc cạnh'), ('hầm hố'), ('thể thao'), ('trẻ trung'), ('sang xịn'), ('màu đẹp'), ('đẹp trai'), ('đẹp gái'),
('nội thất rẻ tiền'), ('stylish'), ('elegant'), ('sleek'), ('modern'), ('good looking'), ('ugly'), ('old fashioned'), ('compact'), ('spacious'), ('cramped'), ('bulky')
) AS t(term);

-- PERFORMANCE: how well it does what it is for
INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'PERFORMANCE', 'primary', true FROM (VALUES
-- in general
('hiệu năng'), ('hiệu suất'), ('hiệu quả'), ('chất lượng'), ('tính năng'), ('chức năng'), ('công dụng'), ('công nghệ'), ('độ bền'), ('tuổi thọ'), ('tốc độ'),
('cấu hình'), ('phần mềm'), ('phần cứng'), ('hệ thống'), ('kết nối'), ('âm thanh'), ('hình ảnh'), ('công suất'), ('vận hành'),
-- cars
('pin'), ('sạc'), ('trạm sạc'), ('cổng sạc'), ('bộ sạc'), ('cục sạc'), ('cáp sạc'), ('tốc độ sạc'), ('thời lượng pin'), ('dung lượng pin'), ('ắc quy'),
('động cơ'), ('gia tốc'), ('mô men xoắn'), ('mã lực'), ('km'), ('kilomet'), ('quãng đường'), ('tầm hoạt động'), ('phạm vi di chuyển'), ('cân bằng điện tử'),
('cruise control'), ('adas'), ('trợ lý lái'), ('hỗ trợ lái'), ('lái tự động'), ('cảm biến'), ('abs'), ('esp'), ('phanh'), ('hệ thống phanh'), ('thắng xe'),
('hệ thống treo'), ('treo trước'), ('treo sau'), ('giảm sóc'), ('giảm xóc'), ('phuộc'), ('hộp số'), ('vô cấp'), ('lốp'), ('lốp xe'), ('cách âm'), ('độ ồn'), ('tiếng ồn'),
('khung gầm'), ('gầm xe'), ('túi khí'), ('tiêu hao'), ('mức tiêu thụ'), ('hao xăng'), ('hao pin'), ('tụt pin'), ('chai pin'), ('sạc pin'), ('thay pin'), ('tay lái'), ('máy lạnh'), ('điều hòa'),
-- devices
('camera'), ('chụp ảnh'), ('chụp hình'), ('quay phim'), ('quay video'), ('chip'), ('ram'), ('bộ nhớ'), ('dung lượng'), ('vân tay'), ('face id'), ('nhận diện khuôn mặt'),
('cảm ứng'), ('wifi'), ('bluetooth'), ('bắt sóng'), ('sóng yếu'), ('kết nối mạng'), ('mạng yếu'), ('loa'), ('micro'), ('mic'), ('tai nghe'), ('chơi game'), ('nhiệt độ máy'), ('hệ điều hành'), ('cập nhật'), ('gps'), ('định vị'), ('tản nhiệt'),
('ứng dụng'), ('app'), ('đăng nhập'), ('thông báo'),
-- appliances, cosmetics, food
('hút bụi'), ('lực hút'), ('làm lạnh'), ('giặt'), ('vắt'), ('mùi hương'), ('độ lưu hương'), ('lưu hương'), ('thành phần'), ('dưỡng ẩm'), ('kiềm dầu'), ('hương vị'), ('mùi vị'), ('món ăn'), ('đồ ăn'), ('thức ăn'), ('đồ uống'),
-- English
('performance'), ('quality'), ('battery'), ('battery life'), ('charging'), ('charger'), ('charging station'), ('engine'), ('motor'), ('speed'), ('acceleration'), ('power'), ('range'),
('brakes'), ('brake'), ('suspension'), ('transmission'), ('gearbox'), ('autopilot'), ('driver assistance'), ('fuel economy'), ('mileage'), ('handling'), ('noise'), ('sound'), ('speakers'), ('speaker'),
('microphone'), ('software'), ('hardware'), ('firmware'), ('update'), ('updates'), ('features'), ('feature'), ('functions'), ('photos'), ('video quality'), ('picture quality'), ('processor'), ('memory'), ('storage'), ('connection'),
('signal'), ('touchscreen'), ('fingerprint'), ('heating'), ('cooling'), ('durability'), ('reliability'), ('taste'), ('flavor'), ('flavour'), ('food')
) AS t(term);

INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'PERFORMANCE', 'secondary', true FROM (VALUES
('lỗi'), ('lag'), ('giật'), ('giật lag'), ('êm'), ('êm ái'), ('ồn'), ('mượt'), ('đơ'), ('treo máy'), ('đơ máy'), ('nóng máy'), ('sập nguồn'), ('tắt nguồn'), ('chết máy'),
('pin yếu'), ('pin mạnh'), ('pin trâu'), ('pin tốt'), ('pin kém'), ('pin bền'), ('sạc nhanh'), ('sạc chậm'), ('động cơ khỏe'), ('động cơ yếu'), ('máy khỏe'), ('máy yếu'), ('bền bỉ'), ('ổn định'),
('tăng tốc'), ('tiết kiệm xăng'), ('tiết kiệm điện'), ('hao xăng quá'), ('đầm chắc'), ('bồng bềnh'), ('rung lắc'), ('trơn tru'), ('hỏng'), ('hư'), ('hỏng hóc'), ('hư hỏng'),
('ảnh nét'), ('nghe rõ'), ('bắt sóng kém'), ('laggy'), ('buggy'), ('bugs'), ('bug'), ('crash'), ('crashes'), ('crashing'), ('freezes'), ('overheating'), ('overheats'), ('slow charging'), ('fast charging'),
('smooth'), ('noisy'), ('quiet'), ('powerful'), ('underpowered'), ('durable'), ('reliable'), ('unreliable'), ('responsive')
) AS t(term);

-- PRICE: what it costs
INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'PRICE', 'primary', true FROM (VALUES
('giá'), ('giá cả'), ('giá bán'), ('giá tiền'), ('giá thành'), ('mức giá'), ('tầm giá'), ('giá xe'), ('bảng giá'), ('giá niêm yết'), ('tiền'), ('số tiền'), ('đồng tiền'), ('chi phí'), ('kinh phí'), ('phí ship'), ('phí vận chuyển'), ('phí dịch vụ'),
('phí bảo trì'), ('phí'), ('lệ phí'), ('học phí'), ('lệ phí trước bạ'), ('trước bạ'), ('thuế'), ('lăn bánh'), ('cọc'), ('đặt cọc'), ('tiền cọc'), ('thuê pin'), ('trả góp'), ('trả trước'), ('lãi suất'), ('khuyến mãi'), ('khuyến mại'), ('giảm giá'), ('ưu đãi'),
('chiết khấu'), ('voucher'), ('mã giảm giá'), ('bảo hiểm'), ('giữ giá'), ('mất giá'), ('tiền điện'), ('tiền xăng'), ('hóa đơn'), ('thanh toán'), ('hoàn tiền'),
('price'), ('prices'), ('pricing'), ('cost'), ('costs'), ('money'), ('fee'), ('fees'), ('discount'), ('discounts'), ('deal'), ('value for money'), ('bill'), ('payment'), ('deposit'), ('instalment'), ('installment'), ('resale value'), ('insurance'), ('tax'),
('promotion'), ('shipping cost'), ('shipping fee'), ('subscription')
) AS t(term);

INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'PRICE', 'secondary', true FROM (VALUES
('hời'), ('giá hời'), ('giá chát'), ('hơi chát'), ('chát quá'), ('giá mắc'), ('mắc quá'), ('hơi mắc'), ('quá mắc'), ('mắc tiền'), ('tiết kiệm'), ('phải chăng'), ('hợp lý'), ('giá đắt'), ('giá rẻ'), ('giá cao'), ('giá thấp'), ('giá tốt'), ('giá mềm'),
('giá hợp lý'), ('giá ổn'), ('chi phí cao'), ('chi phí thấp'), ('đắt'), ('đắt đỏ'), ('rẻ'), ('rẻ tiền'), ('hạt dẻ'), ('giá hạt dẻ'), ('đáng tiền'), ('đáng đồng tiền'), ('tốn tiền'), ('phí tiền'), ('tiếc tiền'), ('túi tiền'), ('vừa túi tiền'), ('cắt cổ'), ('chặt chém'),
('ngon bổ rẻ'), ('expensive'), ('cheap'), ('affordable'), ('overpriced'), ('pricey'), ('reasonable'), ('bargain'), ('worth the money'), ('waste of money'), ('rip off'), ('costly')
) AS t(term);

-- SERVICE: the people behind it
INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'SERVICE', 'primary', true FROM (VALUES
('dịch vụ'), ('phục vụ'), ('bảo hành'), ('hậu mãi'), ('nhân viên'), ('kỹ thuật viên'), ('quản lý'), ('nhân viên bảo vệ'), ('chú bảo vệ'), ('anh bảo vệ'), ('lễ tân'), ('thu ngân'), ('shipper'), ('tài xế'), ('người bán'), ('chủ shop'), ('chủ quán'), ('shop'), ('cửa hàng'), ('showroom'), ('đại lý'), ('đại lí'),
('chi nhánh'), ('trung tâm bảo hành'), ('trung tâm dịch vụ'), ('cứu hộ'), ('xưởng'), ('xưởng dịch vụ'), ('xưởng 3s'), ('showroom 3s'), ('tư vấn'), ('tư vấn viên'), ('hỗ trợ'), ('sửa chữa'), ('bảo dưỡng'), ('bảo trì'), ('hotline'), ('tổng đài'), ('cskh'), ('chăm sóc'),
('chăm sóc khách hàng'), ('giao hàng'), ('vận chuyển'), ('đặt hàng'), ('đơn hàng'), ('đổi trả'), ('trả hàng'), ('đổi hàng'), ('khiếu nại'), ('lắp đặt'), ('giao xe'), ('nhận xe'), ('lái thử'), ('thủ tục'), ('giảng viên'), ('giáo viên'), ('bác sĩ'),
('service'), ('customer service'), ('customer support'), ('support'), ('staff'), ('employee'), ('employees'), ('salesman'), ('sales staff'), ('seller'), ('dealer'), ('dealership'), ('store'), ('warranty'), ('repair'), ('repairs'), ('maintenance'), ('delivery'), ('shipping'),
('call center'), ('call centre'), ('technician'), ('waiter'), ('waitress'), ('manager'), ('refund'), ('returns'), ('installation'), ('driver'), ('courier'), ('reception')
) AS t(term);

INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'SERVICE', 'secondary', true FROM (VALUES
('thái độ'), ('thái độ phục vụ'), ('nhiệt tình'), ('tận tâm'), ('tận tình'), ('chuyên nghiệp'), ('chu đáo'), ('niềm nở'), ('thân thiện'), ('lịch sự'), ('hách dịch'), ('cáu gắt'), ('lồi lõm'), ('bảo hành tốt'), ('bảo hành kém'), ('hỗ trợ nhanh'), ('hỗ trợ chậm'),
('phục vụ tốt'), ('phục vụ tệ'), ('phục vụ chậm'), ('thái độ tốt'), ('thái độ tệ'), ('giao nhanh'), ('giao chậm'), ('giao hàng nhanh'), ('giao hàng chậm'), ('giao nhầm'), ('giao thiếu'), ('trả lời'), ('phản hồi'), ('bắt máy'), ('nghe máy'), ('friendly'), ('polite'),
('rude'), ('helpful'), ('unhelpful'), ('professional'), ('unprofessional'), ('on time')
) AS t(term);

-- GENERAL: the thing as a whole
INSERT INTO analytics.aspect_terms (term, aspect, tier, builtin)
SELECT t.term, 'GENERAL', 'primary', true FROM (VALUES
('sản phẩm'), ('thương hiệu'), ('nhãn hiệu'), ('trải nghiệm'), ('product'), ('products'), ('brand'), ('experience')
) AS t(term);
