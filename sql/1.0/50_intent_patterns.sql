----------------------------------------------------------------------
-- Intent patterns
----------------------------------------------------------------------

/*
 * How they are written:
 *
 * - Texts are lower case and in formal spelling (chat slang is replaced
 *   before), without URLs and emoji.  A pattern sees one sentence, or a
 *   window of 160 characters of a long one, so .* crosses no more than that.
 * - \b knows ASCII letters only.  It is right before a word that begins with
 *   one and after a word that ends in one ("\bkhông\b"); after a letter with a
 *   mark, write a blank or (\W|$).
 * - Where the author wrote no marks, the pattern is matched without them
 *   too, and every word of it is then a whole word.  match_unsigned = false
 *   is for words that mean something else without marks ("cháy" fire,
 *   "chạy" run: both "chay").
 * - An exception cancels the matches of its own intent that end within its
 *   own match, so an exception must reach to the end of what it cancels, and
 *   not much further.
 */

-- CRISIS: fraud
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'CRISIS', p.description, true FROM (VALUES
('lừa\s*đảo', 'fraud'),
('\blua dao\b', 'fraud, in a text with marks elsewhere'),
('\blừa [^ ]+ đảo', 'fraud, torn apart'),
('lừa ?đảo( [^ ]+)? (thì|còn|chứ) (là |còn )?gì', 'no fraud? what else'),
('lừa\s*(gạt|bịp|lọc|dối|phỉnh|bợm)', 'deceit'),
('(bị|toàn|chuyên|trò|bọn|lũ|quân|phường|chiêu|dính|cú|vụ|đồ|màn|kiểu|thủ đoạn|cố tình) lừa', 'being deceived'),
('(trò|đồ|toàn|bọn|lũ|chuyên|bị|quân) bịp', 'swindlers'),
('\bbịp (khách|người|dân|bợm|bà con)', 'swindling'),
('gian\s*(lận|dối|thương|trá|xảo)', 'cheating'),
('treo đầu dê', 'selling another thing than was shown'),
('(chiếm đoạt|biển thủ|rút ruột)', 'embezzling'),
('(ôm|cuỗm|quỵt|xù|bùng) (hết |luôn )?(tiền|cọc)', 'running off with money'),
('(ôm|cầm|lấy|nhận|chuyển khoản|chuyển tiền|đặt cọc|trả tiền|thanh toán).*(bỏ trốn|chạy mất|biến mất|mất hút|mất tích|mất dạng|cao chạy|bốc hơi|chặn số|chặn (luôn )?(tôi|mình|em|facebook|zalo|liên lạc|tin nhắn)|block)', 'paid, and they are gone'),
('(lùa gà|úp sọt|úp bô|đa cấp (lừa|biến tướng|trá hình))', 'luring the gullible'),
('(nói dối|qua mặt|lừa lọc|đánh lừa) (khách|người|dân|bà con|mọi người)', 'lying to customers'),
('(bưng bít|bịt miệng|ém nhẹm|giấu nhẹm|ém thông tin)', 'hushing up'),
('(che giấu|giấu|bao che|ém).* (lỗi|sự cố|sự thật|sai phạm|vụ|khuyết tật)', 'hushing up a fault'),
('\b(bán|buôn|sản xuất|làm|tiêu thụ|trộn|tuồn|kinh doanh|nhập|trà trộn) (toàn |nhiều )?(hàng|đồ|thuốc|sữa|mỹ phẩm|linh kiện|phụ tùng|thực phẩm|rượu) (giả|nhái|lậu|fake)', 'selling counterfeits'),
('(thuốc|sữa|rượu|mỹ phẩm|thực phẩm chức năng) giả(\W|$)', 'counterfeit goods that harm'),
('(trốn thuế|rửa tiền|tham nhũng|hối lộ|xả thải|buôn lậu|phi pháp|vi phạm pháp luật)', 'crimes of a company'),
('(phá sản|vỡ nợ|nợ lương|quỵt lương|sa thải hàng loạt|đình công|biểu tình)', 'a company in trouble'),
('(^|\W)(bị|được|cho) ([^ ]+ ){1,4}lừa(\W|$)', 'deceived by someone'),
('(ăn cắp|ăn cướp|trộm|đánh cắp|lấy cắp|rút trộm|rút sạch|trừ sạch|bòn rút)( [^ ,]+){0,2} (tiền|tài khoản|tài sản|của khách|thông tin|thẻ)', 'theft'),
('\b(moi|móc|trấn lột|bào|hút) tiền (khách|người|dân|của)', 'theft'),
('\b(hàng|dự án|web|trang|app|shop|sàn|bọn) scam\b', 'scam'),
('(^|\W)(quả|cú|vố|màn|pha|ăn|trúng|mắc) lừa\b', 'being deceived'),
('\bmất (trắng|sạch|hết|toi) (\d+|mấy|cả|tiền|vốn|tài sản|số tiền)', 'money gone'),
('(tiền mất|mất tiền)( [^ ,]+){0,3} (hàng|xe|đồ) (không|chẳng|chả|chưa) (thấy|có|nhận)', 'paid, and nothing came'),
('không (tẩy chay|lừa đảo|lừa|gian lận|scam) (thì|mới|là)', 'rhetorical'),
('(nhận|ôm|cầm|lấy|thu|chuyển|gửi|ăn)( [^ ,]+)? (tiền|cọc|khoản)( .*)? (lặn|bỏ trốn|mất tăm|biệt tăm|biệt tích|bùng|trốn|cao chạy|block|chặn)([ ,]|$)', 'paid, and they are gone')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, match_unsigned, description, builtin)
SELECT p.pattern, 'CRISIS', false, p.description, true FROM (VALUES
('\blừa (khách|người|dân|tiền|bán|mua|hết|tôi|mình|em|mọi|bà con|anh em|chị em|trắng trợn|đẹp|mấy|nhau|đó|đấy)', 'deceiving; "lựa" is to choose'),
('(^| )(đi|là|đang|để|nhằm|dùng chiêu) lừa(\W|$)', 'deceiving'),
('\blua (khach|nguoi|dan|tien|trang tron|dan ngu)\b', 'deceiving, without marks'),
('\b(bi|toan|chuyen|bon|lu|tro|cu) lua\b', 'being deceived, without marks'),
('\blừa (rất|quá|vãi|thật|thế|vậy|kinh|ghê|một|lọc|ông|bà|cả|con|sạch|gần|hơn|\d)', 'deceiving'),
('(^|[ ,])lừa\b', 'deceiving')
) AS p(pattern, description);

-- CRISIS: boycott, exposure, scandal, warning
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'CRISIS', p.description, true FROM (VALUES
('tẩy\s*chay', 'boycott'),
('\btay chay\b', 'boycott, in a text with marks elsewhere'),
('(quay lưng|nói không) với (hãng|thương hiệu|công ty|nhãn|shop|vinfast|xe|sản phẩm)', 'turning away from a brand'),
('kêu gọi.*(không mua|đừng mua|ngừng mua|ngưng mua|dừng mua|không dùng|không sử dụng|ngừng sử dụng|tránh xa|gỡ app|xóa app|gỡ ứng dụng|trả xe|đánh giá 1 sao)', 'calling for a boycott'),
('\bphốt\b', 'scandal'),
('bóc\s*phốt', 'exposing a scandal'),
('\bboc phot\b', 'exposing, in a text with marks elsewhere'),
('(bóc mẽ|bóc trần|vạch trần|vạch mặt|phanh phui|lật tẩy|tố giác|đấu tố)', 'exposing'),
('(bê bối|scandal|khủng hoảng truyền thông|phẫn nộ|lên án)', 'public outrage'),
('cảnh báo.*(mọi người|anh em|anh chị em|bà con|các bạn|chị em|mấy bác|bác nào|các bác|các mẹ|mấy mẹ|cả nhà|cộng đồng|người dùng|người mua|người tiêu dùng|khách hàng|ai (đang|định|muốn|có)|cẩn thận|cẩn trọng|coi chừng|đừng|không nên|tránh|kẻo|chiêu|thủ đoạn|hàng giả|hàng nhái|shop|trang|công ty|cửa hàng|chất lượng|nguy hiểm)', 'warning others'),
('^cảnh báo( :|:| !|!|$)', 'warning'),
('(xin|đăng bài|bài viết|lên bài|cần|phải|muốn) (để )?cảnh báo', 'warning'),
('(mọi người|anh em|bà con|các bạn|chị em|các bác|cả nhà) (hãy |nên |phải |nhớ |cần )*(cẩn thận|cảnh giác|đề phòng|coi chừng|dè chừng)', 'telling others to be on guard'),
('(coi chừng|cẩn thận|cảnh giác|đề phòng)( với)? (shop|hãng|công ty|cửa hàng|bọn|tụi|đại lý|thằng|trang|page|mất tiền|tiền mất)', 'beware of a seller'),
('^cảnh báo(\W|$)|cảnh báo (cho|tới|đến|với|các|những|toàn|bạn)', 'warning')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, match_unsigned, description, builtin)
SELECT p.pattern, 'CRISIS', false, p.description, true FROM (VALUES
('\btố cáo', 'accusing; without marks it is "tall"'),
('\bto cao (cong ty|hang|shop|cua hang|hanh vi|lua|len|voi|dai ly|showroom)\b', 'accusing, without marks'),
('\btố (hãng|công ty|shop|cửa hàng|đại lý|nhân viên|showroom|thương hiệu|nhãn|ngân hàng|sàn|chủ|vinfast|nhà|ứng dụng|app|spa|thẩm mỹ|bệnh viện) ', 'accusing someone'),
('(khách|khách hàng|người dùng|người mua|nạn nhân|dân mạng|chủ xe|phụ huynh|người tiêu dùng|hàng loạt|nhiều người|bị|bị khách|bị khách hàng|bị người dùng) (đồng loạt |lên tiếng |lên mạng )?tố( |$)', 'customers accuse')
) AS p(pattern, description);

-- CRISIS: fire, accidents, injury, poison
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'CRISIS', p.description, true FROM (VALUES
('bốc (cháy|hỏa)|phát hỏa|hỏa hoạn|hoả hoạn', 'catching fire'),
('(có|làm|khiến|vài|nhiều|\d+|một|hai|ba) người (đã |bị )?(chết|tử vong|thiệt mạng|bị thương|bỏng|ngạt|mắc kẹt)', 'death and injury'),
('\bchết (vì|do|tại|sau khi|trong|thảm|tức tưởi|cháy|oan)(\W|$)|làm chết', 'death'),
('(hoại tử|biến chứng|mù mắt|hỏng mắt|sẩy thai|ngạt (khí|thở|khói)|rò (rỉ )?(khí|gas|ga)|rơi thang máy|sập (giàn|mái|trần)|đuối nước|suy (thận|gan))', 'injury'),
('(đạo nhái|vi phạm bản quyền|ăn cắp (ý tưởng|thiết kế|bản quyền|dữ liệu|chất xám)|lao động trẻ em|bóc lột|chèn ép)', 'misdeeds of a company'),
('(làn sóng|dư luận|cộng đồng mạng|dân mạng|cư dân mạng|người dùng) ([^ ]+ ){0,2}(phản đối|chỉ trích|phản ứng|dậy sóng|bức xúc|lên án|phẫn nộ|đòi)', 'public outrage'),
('(phát|suýt|xém) nổ(\W|$)', 'exploding'),
('\bnổ (tung|tanh|như bom|banh|pin|bình|ắc quy|điện thoại|bếp|gas|sạc|nồi|tivi|máy giặt)', 'exploding'),
('(xe|pin|sạc|laptop|thiết bị|ổ cắm|ắc quy|tivi|máy|điện thoại).* bốc khói', 'smoking device'),
('(chập (điện|cháy|mạch)|điện giật|bị giật điện|rò điện|rò rỉ điện|hở điện)', 'electric faults'),
('gây (ra )?(tai nạn|chết người|thương tích|thương vong|tử vong|bỏng|ngộ độc|ung thư|cháy nổ|nguy hiểm)', 'causing harm'),
('tai nạn.*(do|vì|bởi|tại|khiến|làm) ', 'an accident and its cause'),
('(do|vì|khiến|dẫn đến|dẫn tới|suýt|xém|gặp|bị) .*tai nạn', 'an accident and its cause'),
('tai nạn (chết|thảm|nghiêm trọng|kinh hoàng|liên hoàn|thương tâm)', 'a grave accident'),
('(suýt|xém)( nữa)?( thì)? (bị |gặp |gây )?(chết|mất mạng|toi mạng|đâm|tông|lao xuống|cháy|nổ)', 'a narrow escape'),
('(tử vong|tử nạn|thiệt mạng|chết người|toi mạng|nguy kịch|thương vong|trọng thương|thương tích|bỏng nặng|phỏng nặng|sốc phản vệ|chết oan|chết cháy)', 'death and injury'),
('(nguy hiểm|đe dọa|ảnh hưởng|nguy hại)( đến| tới)? tính mạng', 'danger to life'),
('(coi thường|xem thường|đùa giỡn|xem nhẹ|coi rẻ|đánh cược).* (tính mạng|mạng sống|mạng người|sinh mạng)', 'careless of lives'),
('bị thương(\W|$)', 'injury'),
('(nhập viện|cấp cứu|nằm viện) (vì|do|sau khi|tại|bởi)', 'to hospital because of'),
('(sau khi|dùng|uống|ăn|sử dụng|bôi|xài|làm đẹp).*(nhập viện|cấp cứu|nằm viện|vào viện|đi viện)', 'to hospital after using'),
('(ngộ độc|trúng độc|nhiễm độc|nhiễm khuẩn|nhiễm chì|nhiễm xạ)', 'poisoning'),
('(chứa|nhiễm|phát hiện|dùng|sử dụng|tẩm|ngâm|bơm) (toàn )?(chất cấm|chất độc|thủy ngân|hóa chất|vi khuẩn|chất gây ung thư|tạp chất|chất bảo quản độc)', 'harmful substances'),
('(thực phẩm bẩn|thịt bẩn|nước bẩn)', 'unclean food'),
('(mất|đứt|tuột|hỏng) (phanh|thắng)(\W|$)', 'brakes fail'),
('(phanh|thắng) (xe )?(không ăn|bị kẹt|mất tác dụng|tê liệt|không hoạt động|không tác dụng)', 'brakes fail'),
('(kẹt|dính) chân ga', 'stuck accelerator'),
('tự (tăng tốc|lao|vọt|phóng|trôi)(\W|$)', 'unintended acceleration'),
('gãy (trục|càng|cầu|khung|cổ lái|chảng ba|moay)', 'structural failure of a vehicle'),
('(rơi|rụng|văng|tuột) bánh xe', 'losing a wheel'),
('túi khí (không|chẳng) (bung|nổ|hoạt động|kích hoạt|bật)', 'airbag fails'),
('khói (bốc|nghi ngút|mù mịt|đen|trắng|lên|từ)|bốc khói|(có|đầy|thấy|ra|xì) khói', 'smoke')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, match_unsigned, description, builtin)
SELECT p.pattern, 'CRISIS', false, p.description, true FROM (VALUES
('cháy nổ', 'fire and explosion'),
('(bị|tự|đột ngột|bất ngờ|bỗng|nhiên|dưng|đang|thì|là|lại) (phát |bốc )?(cháy|nổ)(\W|$)', 'something burns or explodes'),
('\bcháy (xe|nhà|kho|xưởng|rụi|trụi|đen|thui|lan|dữ dội|ngùn ngụt|trơ|showroom|chung cư|trạm|ổ cắm|dây|pin|sạc|bo mạch|main|lớn|khi)', 'something burns'),
('(^|\W)(xe|ô tô|xe máy|xe điện|pin|ắc quy|sạc|sạc dự phòng|bình|điện thoại|bếp|ổ điện|vụ|nồi|tủ lạnh|quạt|laptop) (cháy|nổ)(\W|$)', 'a device burns'),
('\b(nguy co|gay|bi|xay ra|vu|phong|de) chay no\b|\bchay no (rat|cao|lon|tai|o)\b', 'fire, without marks'),
('\b(boc chay|phat no|no tung|chay rui|bi chay no|gay chay no|no pin|pin no|vu chay)\b', 'fire, without marks'),
('\b(xe|pin|sac|dien thoai|may|nha|laptop) bi (chay|no)\b', 'something burns, without marks'),
('(bị|gây|làm|khiến|dẫn đến) .*(bỏng|phỏng)(\W|$)', 'burns; without marks also peeling'),
('(mất lái|đứt lái|mất kiểm soát lái|mất trợ lực lái)', 'steering fails'),
('ăn chặn', 'embezzling; without marks it is fed up'),
('bạo hành', 'abuse; without marks also warranty'),
('(có|thấy|phát hiện|ra|toàn|đầy|lúc nhúc) ([^ ]+ ){0,2}(dòi|giòi|con gián|chuột chết|gián chết|ruồi chết)', 'vermin in food'),
('(rồi|và|lên|bùng|xong|lửa|khói)( [^ ]+)? cháy(\W|$)', 'something burns'),
('(tự nhiên|tự dưng|đột ngột|bất ngờ|đột nhiên|bỗng|bỗng nhiên|bỗng dưng|tự động) ([^ ]+ )?(tăng tốc|lao|tăng ga|vọt|mất lái|mất phanh|đâm|tông|khựng|tuột phanh)', 'unintended acceleration'),
('(tông|đâm|húc|lao) (vào|trúng|xuống|thẳng)( [^ ]+){0,2} (người|nhà|tường|vực|đám đông|học sinh|nạn nhân|trẻ|mương|sông)', 'a crash')
) AS p(pattern, description);

-- CRISIS: law, police, recall, data, abuse
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'CRISIS', p.description, true FROM (VALUES
('(khởi kiện|kháng kiện|vụ kiện|đơn kiện|kiện cáo|kiện tụng)', 'lawsuit'),
('\bkiện (hãng|công ty|ra tòa|lên|tập thể|đòi|shop|nhà sản xuất|chủ|bọn|tụi|thẳng|nó|vinfast|ngân hàng)', 'suing someone'),
('(sẽ|bị|đi|đòi|phải|định|dọa|muốn|cần) kiện(\W|$)', 'suing'),
('(đưa|kéo|lôi|hầu|kiện).* tòa( án)?(\W|$)', 'to court'),
('(nhờ|thuê|gặp|gửi) luật sư', 'lawyers'),
('đơn (tố cáo|tố giác|kêu cứu|trình báo)', 'a formal accusation'),
('(báo|gọi|nhờ|trình báo|mời|đưa|trình)( lên| cho| với| ra| đến)? (công an|cảnh sát|cơ quan chức năng|cơ quan điều tra)', 'to the police'),
('(công an|cảnh sát|cơ quan chức năng|cơ quan điều tra|viện kiểm sát|quản lý thị trường|thanh tra|bộ y tế).*(vào cuộc|điều tra|bắt|triệu tập|khởi tố|khám xét|xử lý|xử phạt|thu giữ|tạm giữ|kiểm tra|phát hiện|làm việc|yêu cầu)', 'authorities step in'),
('(khởi tố|truy tố|bắt giam|tạm giam|bắt giữ|truy nã|bị điều tra|đang điều tra)', 'prosecution'),
('bị (công an )?bắt( giam| giữ| vì| rồi| tạm| quả tang| khẩn cấp|$)', 'arrest'),
('(công ty|hãng|shop|doanh nghiệp|cửa hàng|thương hiệu|nhãn hàng|ngân hàng).* bị (xử )?phạt', 'fined'),
('triệu hồi', 'recall'),
('thu hồi (khẩn|gấp|toàn bộ|hàng loạt|sản phẩm|xe|lô|hơn|gần|\d|số|mẫu|các|thuốc|sữa)', 'recall'),
('(bị|phải|lệnh|quyết định|yêu cầu|đợt) thu hồi', 'recall'),
('(rò rỉ|lộ|bán|đánh cắp|ăn cắp|tuồn|mua bán|trộm).* (dữ liệu|thông tin)( cá nhân| khách| người dùng| của (tôi|mình|khách|người dùng)| tài khoản| thẻ| hàng (triệu|nghìn|ngàn|loạt)| ra ngoài|$)', 'data leak'),
('(bị lộ|làm lộ|lộ hết|lộ sạch) (hết )?(thông tin|dữ liệu|số điện thoại|sđt)', 'data leak'),
('(bị|mất) (hack|hacker)', 'hacked'),
('(tài khoản|thẻ|ngân hàng).*(mất tiền|bị trừ tiền oan|bốc hơi)', 'money lost from an account'),
('(quấy rối|xâm hại|hành hung|sàm sỡ|cưỡng ép)', 'abuse'),
('(đánh|đuổi đánh|dọa đánh|đe dọa|tấn công) (khách|hành khách|trẻ|học sinh|bệnh nhân|phụ huynh|người dùng)', 'violence against customers'),
('phân biệt (chủng tộc|vùng miền|đối xử)', 'discrimination'),
('(đường lưỡi bò|lưỡi bò|xúc phạm (quốc gia|dân tộc|người việt|lịch sử))', 'national insult'),
('(thông tin|dữ liệu|số điện thoại|hình ảnh)( [^ ,]+){0,6} (bị|đem|đang) ([^ ]+ ){0,2}(bán|rao bán|lộ|rò rỉ|đánh cắp|tung|phát tán|hack)', 'data leak')
) AS p(pattern, description);

-- CRISIS: English
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'CRISIS', p.description, true FROM (VALUES
('\bscam(s|med|mer|mers|ming|my)?\b', 'scam'),
('\bfraud(s|ulent|ulently|ster|sters)?\b', 'fraud'),
('\bboycott(s|ed|ing)?\b', 'boycott'),
('\b(con artists?|ponzi|pyramid scheme|swindl(e|ed|ers?|ing)|thie(f|ves)|crooks?)\b', 'crooks'),
('\b(stole|stolen|stealing|steals?) (my|our|your|customer|customers|people|user|all)\b', 'theft'),
('\b(cheat(s|ed|ing)?|deceiv(e|es|ed|ing)|l(ied|ying|ies?) to|mislead(s|ing)?) (their |its |the |our )?(customers?|buyers|users|people|us|me|clients|public)\b', 'deceiving customers'),
('\b(was|were|been|got|being|get) (cheated|deceived|swindled|robbed|conned|defrauded)\b', 'deceiving customers'),
('\b(expose|exposed|exposing) (this|the|them|how|as|by|for)\b', 'exposing'),
('\b(cover(ed|ing|s)? ?(it |this |that |everything |things )?up|whistle ?blower)\b', 'cover-up'),
('\b(beware of|be careful with|stay away from|warning to (all|everyone|anyone)|warning :? ?(do not|don''t|stay)|warn(ing)? (people|everyone|others|you all))\b', 'warning'),
('\b(lawsuits?|class action|suing|sued|legal action|take (them|you|it|this) to court|pressing charges)\b', 'lawsuit'),
('\b(will|gonna|going to|should|to|can|could|i''ll|we''ll|must) sue\b', 'suing'),
('\b(call(ed|ing)?|report(ed|ing)?( (it|this|them))? to|contact(ed|ing)?|went to|filed?( a)?( report with)?) (the )?(police|cops|fbi|authorities)\b', 'police'),
('\bpolice (report|are investigating|investigation|raid|arrest)', 'police'),
('\b(arrested|indicted|criminal charges|under investigation|money laundering|embezzl\w*|bribery)\b', 'prosecution'),
('\b(caught|catch(es|ing)?|burst|set|sets)( on| into)? (fire|flames)\b', 'fire'),
('\b(car|cars|truck|phone|battery|house|home|engine|laptop|charger|it|bus|scooter|vehicle|oven|kitchen|suv) (was |is |were |went |literally )*(on fire|up in flames)\b', 'fire'),
('\b(burn(ed|t|s|ing)? down|went up in flames|electrocut(ed|ion))\b', 'fire'),
('\b(explod(e|es|ed|ing)|blew up|blown up|blows up)\b', 'explosion'),
('\b(product|vehicle|car|safety|battery|food|mass|urgent|nationwide) recalls?\b', 'recall'),
('\brecall(ed|ing|s)? (of|all|the|their|over|because|due|\d+|thousands|millions)\b', 'recall'),
('\b(been|being|was|were|is|are|got) recalled\b', 'recall'),
('\b(data|security|privacy) (breach|leak)(es|s|ed)?\b', 'data leak'),
('\b(got|been|was|were|is|are|being) (hacked|leaked)\b|\b(hackers?|thieves) (\w+ )?(got|stole|have|accessed|took|leaked)\b|\b(customer|user|personal) data (\w+ ){0,4}(stolen|exposed|hackers?|dark web|sold)\b', 'data leak'),
('\bleak(ed|ing|s)? (my |our |your |their |customers?('')? |users?('')? |of |the )*(personal |private |customer |user |financial )?(data|info|information|details|photos)\b', 'data leak'),
('\b(food poisoning|poison(ed|ing|ous)|contaminat(ed|ion)|salmonella|e coli|carcinogen\w*|toxic chemicals?)\b', 'poison'),
('\b(hospitali[sz]ed|in the hospital|to the hospital|to the er\b|emergency room|ended up in (the )?(hospital|er))', 'hospital'),
('\b(seriously|badly|severely|was|were|got|been) (injured|burned|burnt|electrocuted)\b', 'injury'),
('\b(people|person|man|woman|child|baby|driver|customer|customers|passengers?|dog|cat) (have |has |was |were )?(died|killed|dead)\b', 'death'),
('\b(outrage|backlash|negligence|malpractice|wrongful death|child labou?r|bankrupt(cy)?|carcinogenic|catch(es|ing)? (on )?fire|on fire when|smoke (came|coming)|third degree burns)\b', 'disaster'),
('\b(almost|nearly|could have) (killed|died|kill)\b', 'a narrow escape'),
('\b(fatal|deadly) (crash|accident|defect|flaw)', 'fatal accident'),
('\bbrakes? (failed|failure|stopped working|don''t work|didn''t work|went out)', 'brakes fail'),
('\b(sexual(ly)? harass\w*|assault(ed|ing)?|harass(ed|ing|ment)|racis(t|m)|discriminat\w+)\b', 'abuse'),
('\bcounterfeit(s|ing|ers)?\b', 'counterfeits'),
('\b(sells?|selling|sold (me )?(a )?) ?(fakes?|knock-?offs?)\b', 'counterfeits'),
('\b(stole|stolen|stealing|steals?)\b', 'theft'),
('^exposed?\b', 'exposing'),
('\b(people|customers|kids|children|passengers|drivers|someone|somebody|users) ((is|are|were|have been|could|will|might|may|can|nearly|almost|just) )*(dying|die|dies|died|dead|hurt|killed|injured|burned)\b', 'death'),
('\b(do not|don''t|never) (ever )?(send|give|pay|transfer|wire)( \w+){0,2} (money|deposit|cash|cards?|details)\b|^warning\b', 'warning'),
('\b(fatal|killed|deaths?|died) ([^ ]+ )*(defect|accident|crash|fire|explosion)|\b(defect|brake|airbag)( \w+){0,4} (killed|fatal|death|died|injur\w+)\b', 'death'),
('\b(fake|bogus|shady|dishonest|criminal|thieving) (seller|shop|store|company|website|dealer|business|page)\b', 'crooks')
) AS p(pattern, description);

-- What is no CRISIS
INSERT INTO analytics.intent_patterns (pattern, intent, exception, description, builtin)
SELECT p.pattern, 'CRISIS', true, p.description, true FROM (VALUES
('(không|chưa|chẳng|chả|đâu có)( hề| phải| bao giờ| từng| bị| thấy| có chuyện| có| sợ| lo| ai| là| shop| phải là| dính)* (lừa|bịp|gian)( [^ ]+)?', '"it is no fraud"'),
('(chống|phòng chống|phòng|tránh|chặn|ngừa|phát hiện|nhận biết|hết lo|tưởng|tưởng là|tưởng bị|sợ|sợ bị|lo bị|ngại bị|cứ sợ) lừa( [^ ]+)?', 'guarding against fraud, fearing it'),
('con lừa', 'the donkey'),
('(không|chưa|chẳng|chả)( hề| bao giờ| từng| thấy| có| dính| bị)* (tẩy chay|phốt|bóc phốt|triệu hồi|thu hồi|hack|scandal|bê bối)', '"no scandal"'),
('(phốt|phớt) (nhớt|dầu|nước|bơm|trục|máy|giảm xóc|giảm sóc|đầu|đuôi|pho|phát|phuộc|cao su|láp|git|xupap|moay|hộp số|bánh)', 'oil seals'),
('(bể|hầm|hút bể|thông|gioăng|ron|thay|chảy|rò|bộ|xì|hở|làm) phốt', 'oil seals, cesspits'),
('(đèn|hệ thống|tính năng|chức năng|âm thanh|tiếng|còi|biển|camera|màn hình|tín hiệu|công nghệ|cảm biến|xe|máy|app|có|sẽ|thông báo|loa|đồng hồ) (sẽ |có |tự |tự động )?cảnh báo( [^ ]+){0,6}', 'warning lights and assistants'),
('cảnh báo (va chạm|điểm mù|lệch làn|chệch làn|áp suất|áp suất lốp|buồn ngủ|tốc độ|quá tốc|pin|hết pin|mệt mỏi|cự ly|khoảng cách|tiền va|phương tiện|người đi bộ|mở cửa|nhiệt độ|sạc|sớm|thời tiết|mưa|bão|lũ|động đất|giao thông|làn|giá)( [^ ]+){0,8}', 'warning assistants, weather'),
('\bnổ (máy|hũ|đơn|giòn|êm|súng|cầm chừng|địa chỉ|comment|bô|to|nhỏ|lớn quá|pô|đều)', 'an engine starts; a jackpot'),
('(máy|động cơ|xe|pô|đề) (này |nó )?(nổ) (êm|giòn|máy|to|bình thường|đều|khỏe)', 'an engine runs'),
('(đẹp|xinh|đắt|ngon|cười|nụ cười|quyến rũ|duyên|dễ thương|thơm) chết người', '"to die for"'),
('(điều|sự|phụ|linh|bưu|dữ|cấu|văn) kiện( [^ ]+)?', 'other words with "kiện"'),
('kiên (nhẫn|trì|quyết|cố|định|cường)', 'patience, without marks'),
('kiện hàng', 'parcel'),
('chết (vì|do|trong) (cười|mê|yêu|ghiền|đẹp|sướng|đói|mệt|nóng|ngộp|thèm|ghen|hạnh phúc|vui|nhớ|dễ thương)', 'so to say'),
('(yếu|nhân|nguyên|độc|nội tiết|bão|giông|dông|sắc|kích thích) tố( [^ ]+)?', 'other words with "tố"'),
('thu hồi (vốn|nợ|đất|nhiệt|công nợ|giấy phép)', 'getting money back'),
('(bảo hiểm|hỗ trợ|cứu hộ|tránh|giảm|hạn chế|phòng tránh|chống|giảm thiểu|ngăn|ngăn ngừa|phòng) .*tai nạn( [^ ]+)?', 'insurance, avoiding accidents'),
('(bảo vệ|bảo mật|giữ|an toàn) (dữ liệu|thông tin)( [^ ]+){0,2}', 'data protection'),
('\b(not|isn''t|no|never|wasn''t|aren''t|ain''t|anti|without( any)?|avoid(ing)?|prevent(s|ing)?|block(s|ing)?) (a |an |even a |been |any |the |really a )?(scam|fraud|scammers?|scams?|fraudulent|recall|racist|boycott\w*)( [^ ]+)?', '"not a scam"'),
('\b(scam|fraud) (detection|protection|prevention|alerts?|filter|blocker|call blocker)', 'guarding against scams'),
('\b(explod(e|es|ed|ing)|explosion|burst(s|ing)?) (with|of|in) (flavou?r|taste|colou?r|joy|popularity|my mouth|laughter)s?', 'of flavour'),
('\b(blew up|blows up|exploded|blowing up|blown up) (on|the internet|my phone with|all over|in popularity|on social)', 'going viral'),
('\bblown (away|up proportion)', 'amazed'),
('\b(as i|i|can''t|cannot|don''t|if i|do you|to) recall(ed)?( the| all| of| their)?', 'remembering'),
('\b(never|not|without|no|won''t|didn''t|doesn''t|avoid) (get(ting)? |be(ing)? |been |any |have |had )*(hacked|leaked|injured|explod\w*|catch fire|caught fire|harmed)', '"no danger"'),
('(nếu|giả sử|cứ cho|ví dụ)( mà| như| nó| là| hãng| thật| có| xe| đây| họ| shop| bị)* (lừa đảo|lừa gạt|lừa|scam|phốt|gian lận|tẩy chay)( [^ ]+)?', 'what if'),
('(^|\W)(ai|đứa nào|thằng nào|người nào|nhiều người|có người|mấy người|có bạn|mấy bạn) ([^ ]+ )?(bảo|nói|kêu|đồn|chê|dám nói|cho rằng|nghĩ) ([^ ]+ ){0,5}(lừa đảo|lừa|scam|gian lận|phốt)', 'hearsay that is contradicted'),
('\b(phim|truyện|sách|game|trò chơi|bài hát|vai|kịch|tiểu thuyết|show) ([^ ]+ ){0,3}(lừa đảo|lừa|scam|gian lận|tẩy chay|báo thù)( [^ ]+)?', 'stories'),
('(ngân hàng|công an|cơ quan chức năng|nhà mạng|báo chí|chính quyền|chuyên gia) ([^ ]+ )?(cảnh báo|khuyến cáo|tuyên truyền).* (về|chiêu|thủ đoạn|tình trạng|nạn|hình thức|tránh) ([^ ]+ )?lừa đảo', 'the authorities teach'),
('(không|chưa|chẳng|chả) (hề )?(nghĩ|cho rằng|cho là|thấy|coi|có bằng chứng|có chuyện|tìm thấy|có dấu hiệu|phải)( [^ ,]+){0,6} (lừa đảo|lừa gạt|lừa|scam|gian lận|phốt)', 'it is no fraud'),
('(đừng|chưa|không nên|chớ) (nên |vội |có )*(kết luận|vu|vội|nói oan|đổ|gọi|bảo|chụp mũ|vu khống|quy chụp|tẩy chay vội|nói)( [^ ,]+){0,5} (lừa đảo|lừa|scam|gian lận|phốt)', 'do not call it fraud'),
('(hệ thống|công nghệ|phần mềm|tính năng|luật|phát hiện|ngăn chặn|chống|phòng|phòng chống|ngừa|tố giác|nhận diện|nhận biết|bài trừ) ([^ ,]+ ){0,2}(gian lận|lừa đảo|hàng giả|scam)( (của|qua|trên|trong)( [^ ]+){0,3})?', 'guarding against fraud'),
('(cháy|nổ|lừa đảo|lừa|scam|tẩy chay|gian lận|phốt|triệu hồi)( [^ ,]+){0,3} (là|chỉ là|đều là|toàn) (tin )?(sai|giả|bịa|bịa đặt|đồn|tin đồn|fake|vịt|xuyên tạc|không đúng|vô căn cứ|vu khống)', 'a rumour'),
('tin (đồn|giả|vịt|thất thiệt) ([^ ,]+ ){0,5}(cháy|nổ|lừa đảo|tẩy chay|phốt|gian lận|triệu hồi)', 'a rumour'),
('(thịt|cưỡi|da|sữa|cõng|kéo) lừa( [^ ]+)?|lừa (được ai|ai được|thị giác)', 'donkeys, idioms'),
('(không|chưa|chẳng|chả|đâu)( hề| phải| có| là| thấy| bao giờ)* scam( [^ ]+)?', 'it is no scam')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, exception, match_unsigned, description, builtin)
SELECT p.pattern, 'CRISIS', true, false, p.description, true FROM (VALUES
('(chống|phòng|phòng chống|không lo|khỏi lo|tránh|ngừa|không sợ|hạn chế|nguy cơ|an toàn|bảo hiểm) cháy( nổ)?', 'fire protection'),
('(không|chưa|chẳng|chả)( hề| bao giờ| từng| thấy| có| bị| xảy ra| lo| sợ| gây)* (cháy nổ|cháy|nổ|chập|tai nạn|nguy hiểm|điện giật|ngộ độc)( [^ ]+)?', '"no danger"'),
('\b(phòng|chữa|báo) cháy', 'fire brigade'),
('cháy (hàng|vé|phố|túi|hết mình|hết hàng|sân khấu|deal|size|slot|đơn|kho hàng|show|phòng vé|rạp|máu)', 'sold out, on fire with joy'),
('(hàng|vé|deal|sale|hot|đắt khách|bán) ([^ ]+ ){0,3}cháy', 'sold out')
) AS p(pattern, description);

-- SEEDING: telephone numbers
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'SEEDING', p.description, true FROM (VALUES
('(^|[^0-9])0[35789]([ .-]?[0-9]){8}($|[^0-9])', 'a mobile number'),
('(^|[^0-9])(00)?84[ .-]?[35789]([ .-]?[0-9]){8}($|[^0-9])', 'a mobile number, international'),
('(^|[^0-9])01[2689][0-9]{8}($|[^0-9])', 'a mobile number of old'),
('\bzalo.*\d{9,10}', 'Zalo and a number'),
('liên\s*hệ.*\d{9}', 'contact and a number')
) AS p(pattern, description);

-- SEEDING: selling
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'SEEDING', p.description, true FROM (VALUES
('\b(add|kết bạn|nhắn|liên hệ|inbox|qua|quét|nhóm|vào|hoặc|alo) zalo\b', 'to Zalo'),
('\bzalo (tư vấn|báo giá|để|nhận|em|shop|ngay|bên em)', 'to Zalo'),
('\b(inbox|nhắn tin|chat|ib|pm)( cho| với| ngay| trực tiếp| qua| riêng)* (shop|page|fanpage|bên em|bên mình|chúng tôi|ad|admin|em ngay|mình ngay|ngay|để|nhận|đặt hàng)', 'write to the shop'),
('(^|\W)(inbox|nhắn tin|chat|nhắn|liên hệ|comment|bình luận|để lại|gọi|alo)( [^ ]+){0,4} (để |là )?(được |nhận |có )+(giá|tư vấn|báo giá|ưu đãi|hỗ trợ|quà|voucher|khuyến mãi|tốt nhất)', 'write to get a price'),
('\binbox.*(giá tốt|giá rẻ|giá sỉ|giá ưu đãi|mua|đặt hàng|chốt|ưu đãi|shop)', 'write to buy'),
('liên\s*hệ( [^ ]+){0,2} (ngay|bên em|với em|chúng tôi|trực tiếp|đặt hàng|đặt mua|để được|để nhận|để mua|để đặt|để có|hotline|em để|mình để)', 'contact us'),
('liên\s*hệ (em|mình|shop|ngay)( [^ ]+){0,3}( nhé| nha| ạ| để|$)', 'contact me'),
('(quan tâm|có nhu cầu|cần mua|muốn mua|cần tư vấn|bác nào cần|ai cần|bạn nào cần|anh chị cần)( [^ ]+){0,4} (liên hệ|inbox|ib|alo|nhắn|gọi|comment|bình luận|để lại|chấm|kết bạn|pm)', 'who is interested may write'),
('(bên|shop|nhà) em (hiện |vẫn |luôn |sẵn |mới |đang |chuyên |có sẵn |nhận |xin )*(có|còn|cung cấp|chuyên|nhận|bán|về|báo giá|cam kết|gửi|hỗ trợ|giao|ship|ưu đãi|chạy chương trình|thanh lý|xả)', 'the shop speaks'),
('\b(em|mình|shop) (chuyên|nhận) (bán|cung cấp|ship|giao|order|làm|đặt|sỉ|bỏ sỉ|bán sỉ|lắp|độ)', 'the shop speaks'),
('(để lại|thả|cho em xin|cho shop xin|comment|bình luận|gửi em) (lại )?(số|sđt|số điện thoại|thông tin|email|dấu chấm|"|1 chấm)', 'leave your number'),
('(^|\W)(mua|đặt|đặt hàng|đặt mua|chốt|sở hữu|rinh|săn|order|đăng ký|lên đơn|chốt đơn|gọi|xem|ghé|inbox|nhận) (ngay|liền|nhanh) (hôm nay|tại|kẻo|để|thôi|nào|nhận|với giá|bảo hiểm|link|giỏ hàng|ưu đãi|cho nóng|đi|số|hotline|em|shop)', 'call to action'),
('(chốt|mua|đặt|ghé|đăng ký|đến|xuống tiền|lên đơn|lái thử|tham gia)( [^ ,]+){0,4} (ngay|liền|liền tay|hôm nay)( [^ ,]+){0,4} (nhận|tặng|rinh|ưu đãi|giảm)', 'call to action'),
('\b(mua|combo)( [^ ,]+){0,4} tặng (\d|freeship|quà|kèm|ngay|thêm)', 'an offer'),
('(freeship|miễn phí ship|giao) toàn quốc', 'an offer'),
('\b(nhắn|nhắn tin|ib|inbox|alo|gọi) (shop|em|page|bên em)( [^ ]+)? (nhé|nha|ngay|để|liền|nào)(\W|$)', 'write to us'),
('\border (via|through|by) (dm|inbox|message|whatsapp)|\bget yours\b|\bwith code [a-z0-9]+|\bwe ship (worldwide|nationwide|anywhere)', 'advertisement'),
('(^|\W)(em|mình) ([^ ]+ ){0,2}(sale|bên đại lý|bên showroom|tư vấn bán hàng|nhân viên kinh doanh)(,| ).*(hỗ trợ|tư vấn|24|báo giá|liên hệ)|hỗ trợ anh chị|tư vấn (miễn phí|24)', 'a seller speaks'),
('\b(tag|theo dõi|like|share|chia sẻ|follow|comment|bình luận)( [^ ]+){0,8} (nhận quà|nhận ngay|để nhận|trúng thưởng|tham gia|cơ hội nhận|rinh quà)|\b(minigame|giveaway|mini game)\b', 'give-aways'),
('nhanh (tay|chân)( [^ ]+){0,3} (đặt|lên|chốt|mua|rinh|kẻo|inbox|liên hệ|sở hữu|đăng ký|săn|nào|thôi)', 'be quick'),
('(số lượng (có hạn|giới hạn)|kẻo (lỡ|hết|tiếc)|duy nhất hôm nay|cơ hội (có 1 0 2|cuối|vàng|sở hữu)|(giá|sale|giảm) (sốc|sập sàn|hủy diệt|tận gốc|cực sốc|tận xưởng|tận kho)|xả (kho|hàng)|thanh lý (kho|gấp))', 'pressing to buy'),
('(chỉ còn|còn (đúng|duy nhất)|tặng) \d+ (suất|slot|xe|chiếc|căn|phần quà|khách)', 'few are left'),
('(giảm|ưu đãi|khuyến mãi|khuyến mại|sale|tặng|quà tặng|voucher|trả góp|giá).*(liên hệ ngay|inbox ngay|nhắn tin ngay|alo ngay|hotline :|chốt ngay|đặt ngay|mua ngay|gọi ngay|inbox em|liên hệ em|nhắn em|alo em|ib em|nhắn tin cho em)', 'an offer, and how to get it'),
('(hotline|call|điện thoại|sđt|lh)( đặt hàng| mua hàng| tư vấn| kinh doanh| bán hàng)? ?: ?[0-9+]', 'a number to call'),
('(ship|giao hàng|giao|vận chuyển) (cod |tận nơi |miễn phí )*(toàn quốc|tận nhà|tận nơi|cod) .*(liên hệ|inbox|nhắn|đặt|chốt|alo|ib|hotline|link)', 'delivers everywhere, write'),
('cam kết (chính hãng|hàng thật|hàng chính hãng|giá tốt|giá rẻ|rẻ nhất|uy tín|hoàn tiền|chất lượng|auth|chuẩn auth)', 'promises of a seller'),
('(nhận|hỗ trợ) (trả góp|vay|làm hồ sơ|ngân hàng|mua trả góp)( [^ ]+){0,4} (đến|tới|lên|\d+|toàn quốc|nhanh|bao)', 'offers of a seller'),
('(link|đường link|địa chỉ mua)( [^ ]+){0,8} (bio|bình luận|comment|mô tả|phần mô tả|ghim|giỏ hàng|giỏ hàng góc|story|profile)', 'link below'),
('(bấm|click|nhấn|ấn|nhấp|chạm) (ngay )?(vào )?(link|giỏ hàng|đường link|góc trái|nút)', 'click'),
('(nhập|dùng|áp|sử dụng) mã( [^ ]+){1,3} (giảm|để|nhận|được|khi)', 'voucher codes'),
('trải\s*nghiệm.*liên\s*hệ', 'a review that is an advertisement'),
('review.*inbox.*giá', 'a review that is an advertisement'),
('cảm\s*ơn.*showroom.*liên\s*hệ', 'a thank-you that is an advertisement'),
('(giá chỉ|chỉ từ|chỉ với|giá từ) (từ )?\d+( [^ ]+){0,5} (liên hệ|inbox|tại|nhận|đăng ký|lăn bánh ngay|có ngay|sở hữu|nhận xe|rinh)', 'a price, and what to do'),
('\b(dm|message|inbox|pm|whatsapp|contact|text|call|email)( me| us)? (for (price|prices|pricing|details|orders?|info|more|inquiries|enquiries|your)|to (order|buy|get yours|purchase|book)|now|today)\b', 'write to order'),
('\b(order|shop|buy|get yours|book|grab yours|grab it|sign up|register) (now|today|here|at|via|yours)( |$)', 'call to action'),
('\b(link in (my |our |the )?(bio|profile|comments|description)|use (my |our )?(promo )?code|promo code|discount code|limited[ -]time (offer|deal|only)|while (stocks?|supplies) lasts?|swipe up|hurry up and|don''t miss (out|this)|check out (our|my) (shop|store|page|website|link|etsy)|visit our (store|website|showroom|page|shop)|free shipping (on|for|when|with|today)|contact us)\b', 'advertisement'),
('\b(whatsapp|wa|telegram|viber) ?:? ?\+?[0-9]{6}', 'a number to write to'),
('(^|\W)(dùng|nhập|áp|có|sử dụng) (mã|code|voucher)( [^ ]+){0,6} (để|được|giảm|sẽ)', 'voucher codes'),
('liên\s*hệ (mua|đặt|order|đặt hàng|mua hàng|tư vấn|báo giá|nhận)( [^ ]+){0,2} (qua|tại|số|ở|với|fanpage|hotline|zalo)', 'contact us'),
('\b(em|shop|mình|bên em) (sẽ )?(gửi|báo|tư vấn|rep|check) (bảng |báo )?(giá|riêng)( [^ ]+){0,3} (nha|ạ|nhé|ngay|liền)|\b(chấm|cmt|comment) (em|mình|shop|để|nhận)|\btư vấn riêng', 'answers one by one'),
('\b(inbox|ib|nhắn tin|nhắn) (em|shop|mình) (gửi|báo|tư vấn|nhận|lấy|để|check)(\W|$)', 'write to us'),
('(đặt mua|đặt hàng|mua|order|mua hàng) (ngay )?(tại|trên|qua) ([^ ]+ ){1,5}(giảm|ưu đãi|sale|tặng|freeship|rẻ)|(tại|trên) (website|web|trang web) [^ ]+ ([^ ]+ )?(giảm|ưu đãi|tặng)', 'where it is cheap'),
('(^|\W)(mua|mua hàng|cần|đặt hàng|đặt|lấy sỉ|muốn mua|ai mua)( thì| cứ)? (ib|inbox|nhắn|alo|liên hệ|lh|chat) (mình|em|shop|tôi|page)', 'write to buy')
) AS p(pattern, description);

-- What is no SEEDING: numbers in a complaint, a customer's own, not of a telephone
INSERT INTO analytics.intent_patterns (pattern, intent, exception, description, builtin)
SELECT p.pattern, 'SEEDING', true, p.description, true FROM (VALUES
('(gọi|hotline|tổng đài|liên hệ|nhắn|nhắn tin|alo|sđt|số|inbox|điện thoại|call|zalo|chat).*(không|chưa|chẳng|chả|mãi|hoài|đéo|toàn) (có |thấy |ai |một ai |có ai |được |hề |thèm |chịu |máy |liên |lạc )*(nghe|bắt|nhấc|trả lời|phản hồi|liên lạc|gọi lại|rep|hồi âm|hỗ trợ|giải quyết|bận|thuê bao|tiếp)( [^ ]+){0,3}', 'a number that nobody answers'),
('(số|sđt|thuê bao|đầu số|từ|bị|có|thằng|nhận được cuộc gọi).*(gọi|nhắn|nháy).*(làm phiền|quấy|rác|liên tục|hoài|mời|quảng cáo|đòi nợ|đe dọa|khủng bố|suốt|tự xưng|giả danh|spam)( [^ ]+){0,4}', 'a number that pesters'),
('(^|\W)(mã|mã số|số|mã đơn|đơn hàng|mã đơn hàng|mã vận đơn|vận đơn|số khung|số máy|imei|order|order number|đơn|serial|mst|mã số thuế|số hợp đồng|hợp đồng|invoice|tracking)( số| của mình| của tôi| hàng| number| no| là)* ?[:#]? ?[0-9. -]{9,16}', 'a number of an order'),
('(tư vấn|báo giá|báo mình|gọi lại|ship|giao|gửi)( giúp| thêm| lại| hàng| giá| về)*( cho| đến| tới)? (mình|tôi|anh|chị|em với|tớ).*[0-9. -]{9,14}', 'a customer leaves a number'),
('(^|\W)(mình|tôi|em|tớ) (đang |rất |cũng )*(muốn|cần|định|quan tâm|tìm)( được)? (mua|tư vấn|tìm|đặt|xem|lái thử|hỏi|mẫu|xe|báo giá).*[0-9. -]{9,14}', 'a customer leaves a number'),
('(số|sđt|số điện thoại|điện thoại) (của )?(mình|tôi|anh|chị|tớ)( là)? ?:? ?[0-9. -]{9,14}', 'a customer leaves a number'),
('(đã |mình |tôi |em |lỡ )(để lại|cho|gửi|comment) (lại )?(số|sđt|số điện thoại|thông tin)', 'a customer left a number'),
('(inbox|ib|nhắn tin|chat|nhắn|liên hệ) (cho |với )?(shop|page|ad|admin|fanpage|hãng|cửa hàng|bên)( [^ ]+){0,6} (không|chưa|chẳng|mãi|hoài|mấy lần|nhiều lần|bơ|seen|im)', 'wrote to the shop in vain'),
('(đã|mình|tôi|em|vừa|mới|có) (inbox|ib|nhắn tin|chat|nhắn|liên hệ)( [^ 0-9]+){0,4}', 'a customer wrote'),
('(vay|giải ngân|tuyển|thu nhập|việc làm|kiếm tiền|bán sim|nhà cái|cá cược|lô đề)( .*)? (liên hệ|inbox|ib|alo|nhắn tin|đăng ký|zalo|để lại)( [^ 0-9]+){0,4}', 'spam, which also says how to reach it'),
('liên hệ vay( [^ 0-9]+){0,2}', 'spam'),
('(check|rep|trả lời|xem|coi) (inbox|ib|tin nhắn)( [^ ]+){0,5}', 'a customer wrote'),
('(liên hệ|inbox|nhắn|nhắn tin|gọi|chat)( [^ ]+){0,4} (ở đâu|số nào|ai|thế nào|được không|sao đây|như nào|chỗ nào)(\W|$)', 'how to reach you?'),
('(link|đường link)( [^ ]+){0,5} (đâu|với|không|ạ)(\W|$)', 'where is the link?'),
('\b(can|could|please|pls) (you |someone |somebody |u )?(please )?(dm|message|inbox|pm|email|contact|call) me', 'a customer asks'),
('\b(tried|trying|try|how|where|unable|can''t|cannot|couldn''t|impossible) (do i |can i |to |i )*(contact|call|message|order|reach|buy|book|register|sign up)( [^ ]+){0,2}', 'a customer tries'),
('\b(vay|cần vốn|giải ngân|nợ xấu|bao đậu)( [^ 0-9]+){0,8}', 'loans, which also say how to reach them'),
('(được|có) ([^ ]+ ){0,2}(giảm|ưu đãi|tặng|quà|khuyến mãi)( [^ ]+){0,3} không', 'a customer asks'),
('không (để|phải|cần) lại (số|sđt)', 'no number'),
('(hỗ trợ|nhận) vay( [^ 0-9]+){0,3} \d+( ?%)?|lãi suất( .*)? vay( [^ ]+){0,3}', 'loans')
) AS p(pattern, description);

-- SPAM
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'SPAM', p.description, true FROM (VALUES
('\bvay\s*(tiền|vốn|nóng|tín chấp|thế chấp|nhanh|online|tiêu dùng|trả góp ngày)', 'loans'),
('(cho vay|hỗ trợ vay|cầm đồ|cầm cố|bốc bát họ|đáo hạn|rút tiền thẻ tín dụng|mở thẻ tín dụng|tín dụng đen)', 'loans'),
('(cần tiền (gấp|nhanh|ngay)|kẹt tiền|xoay vốn|nợ xấu).*(alo|liên hệ|inbox|hỗ trợ|duyệt|vay|gọi)', 'loans'),
('\b(không|chỉ) (cần )?(thế chấp|cmnd|cccd|chứng minh thu nhập|thẩm định)', 'loans'),
('giải\s*ngân', 'loans'),
('lãi\s*suất (chỉ|thấp|ưu đãi|hấp dẫn|cực|từ|siêu|0|rẻ|tốt)', 'loans'),
('(duyệt|nhận) (hồ sơ|tiền) (nhanh|trong|ngay)', 'loans'),
('bán\s*(sim|nick|acc|tài khoản|like|follow|data|clone|via)\b', 'sim cards, accounts'),
('\b(sim (số đẹp|phong thủy|giá rẻ|vip|tứ quý|ngũ quý)|tăng (like|follow|tương tác|sub|view|mắt)|(follow|sub|like|tim) chéo|mua bán (nick|acc|fanpage)|hack (like|follow))', 'likes for sale'),
('tuyển\s*(dụng|gấp|nữ |nam |sale|bạn nữ|kế toán|shipper|bảo vệ|phục vụ|pha chế|lễ tân|thực tập|freelancer|ctv|cộng tác viên|nhân viên|đại lý|sỉ|lao động|người làm|nhân sự|thợ|tài xế|công nhân|thêm)', 'jobs'),
('\btuyển( [^ ,]+){1,8} lương( |$)|(cho thuê|cày thuê|thuê) (nick|acc|game)|\bcày (thuê|view|rank)', 'jobs, accounts'),
('(cần|đang|công ty) (gấp |cần )?tuyển', 'jobs'),
('cần\s*gấp.*(người|nhân viên|ctv|cộng tác|công nhân|thợ|bạn nữ|bạn nam|lao động)', 'jobs'),
('(việc nhẹ|việc làm|công việc) (lương cao|online|tại nhà|thêm|thời vụ|part ?time|bán thời gian|nhẹ nhàng|uy tín|từ xa)', 'jobs'),
('(kiếm tiền|kiếm thêm) (tại nhà|online|mỗi ngày|trên mạng|dễ dàng|nhanh|cùng|không cần|thụ động|trên điện thoại)|(làm việc|làm thêm) (tại nhà|online|trên mạng|không cần|trên điện thoại)', 'jobs'),
('(kiếm|thêm|tăng|có|nguồn) thu nhập( [^ ]+){0,4} (online|tại nhà|thụ động|khủng|triệu|mỗi (ngày|tháng)|không|hấp dẫn|thêm|cùng|cao)', 'income promised'),
('(kiếm |có |tạo )?thêm (nguồn )?thu nhập', 'income promised'),
('\blàm (online|thêm|việc online) (tại nhà|kiếm tiền|không cần|cùng)', 'jobs'),
('\b(kèo|chốt số|phím hàng|tín hiệu)( [^ ]+){0,5} (vào nhóm|nhóm kín|miễn phí|free|húp|chắc thắng)', 'gambling'),
('thu nhập (từ |lên đến |lên tới |khủng|hấp dẫn|thụ động|không giới hạn|ổn định từ|cao từ|hàng|mỗi)', 'income promised'),
('thu nhập \d+( [^ ]+){0,3} (1|một|mỗi|/|trên)? ?(ngày|tuần|tháng|giờ)', 'income promised'),
('kiếm( ngay| được| về)? (từ )?\d+ ?(k|tr|triệu|đô|usd|\$|củ|trăm|ngàn|nghìn)?( [^ ]+){0,3} (ngày|tuần|tháng|giờ)', 'income promised'),
('(đầu tư|nạp|gửi|rót vốn)( [^ ]+){0,6} (lợi nhuận|sinh lời|lãi \d+|x\d+|nhân đôi|hoàn vốn|cam kết lãi|lời gấp)', 'investments'),
('(lợi nhuận|sinh lời) (khủng|cam kết|cao|hấp dẫn|\d+ ?%|lên đến|đều)|\b(cam kết lãi|lãi (khủng|đều|ngày|tháng)) ?(cao|\d+|mỗi|hàng)?', 'investments'),
('\b(forex|binary option|tiền ảo|coin|crypto|bitcoin|airdrop|tín hiệu giao dịch|sàn giao dịch)\b.*(lợi nhuận|kiếm|tham gia|nhóm|đăng ký|nhận|lãi|free|join|signal|profit|giveaway|double)', 'coins'),
('(nhà cái|cá độ|cá cược|lô đề|soi cầu|xổ số|nổ hũ|tài xỉu|baccarat|casino|đánh bài đổi thưởng|game đổi thưởng|bắn cá|slot game|link vào bóng|kèo nhà cái|chốt số|bạch thủ)', 'gambling'),
('(nhận|nạp|tặng|thưởng) (ngay )?(\d+ ?k|code|giftcode|quà|tiền|tiền thưởng)( miễn phí)?( khi| cho)? (đăng ký|nạp|tải|tân thủ|thành viên mới)', 'gambling'),
('(bói|xem bói|xem tử vi|bùa ngải|bùa yêu|gọi hồn)', 'fortune telling'),
('(gái gọi|massage kích dục|sugar baby|sugar daddy|check hàng|kích dục|thuốc kích dục|clip nóng|xem phim sex)', 'sex'),
('(làm bằng|bằng cấp|giấy tờ|bằng lái) (giả|không cần thi|bao đậu)', 'forged papers'),
('(dọn nhà|chuyển nhà|thông cống|hút hầm cầu|hút bể phốt|diệt mối|sửa ống nước|khoan cắt bê tông) (trọn gói|giá rẻ|uy tín|24)', 'services'),
('\b(make|earn(ing)?|earned|made) (easy |quick |extra |up to )?(money|cash|\$ ?\d[\d,]*|\d[\d,]* ?(\$|dollars|usd|k))( [^ ]+){0,3} (online|from home|daily|weekly|per|a day|a week|every|at home|while|fast)', 'income promised'),
('\b(work(ing)? from home (and|job|jobs|opportunit)|passive income|financial freedom|be your own boss|side hustle|get rich)\b', 'income promised'),
('\b(guaranteed|instant|huge|daily) (profits?|returns?|income|approval|loans?|cash|payouts?)\b', 'investments'),
('\b((need|get|offer(ing)?|apply for|instant|quick|personal|payday|business) (a |an )?loans?|low interest|no credit check|bad credit)\b', 'loans'),
('\b(free (followers|likes|gift ?cards?|iphone|robux|v ?bucks|crypto|bitcoin|money)|follow (for|4) follow|follow back|f4f|l4l|sub4sub|sub for sub|like for like|gain followers|buy followers)\b', 'likes'),
('\b(online (casino|betting|slots)|bet(ting)? (now|site|tips)|free spins|jackpot winners?|sports betting)\b', 'gambling'),
('\b(we are|we''re|now|urgently|currently) hiring\b', 'jobs'),
('\b(claim your|you (have |''ve )?won|congratulations you|winner of|click (here|the link|this link|link)|dm to (earn|join|learn)|join (my|our) (telegram|whatsapp|team|group|channel))\b', 'bait'),
('\b(viagra|cialis|weight loss pills|lose \d+ (kg|pounds|lbs) in|hot singles|onlyfans|escort service)\b', 'pills and sex'),
('cần vốn|\b(bao đậu|bao duyệt|hỗ trợ nợ xấu)|nợ xấu vẫn', 'loans'),
('thu nhập( [^ ]+){0,3} \d+ ?(k|tr|triệu|củ|đô)?', 'income promised'),
('thu nhập \d+ ?(k|tr|triệu|củ)?', 'income promised'),
('\b(hiring|recruiting) (\w+ ){0,4}(workers?|staff|people|agents?|assistants?|now|part[ -]?time|full[ -]?time|remote|online)\b|\bwork from home\b|\bjob vacanc|\bearn (up to|\$|\d)', 'jobs'),
('\bcho thuê (nhà|phòng|căn hộ|mặt bằng|kho|xe|văn phòng|đất|trọ)|\b(bán|sang nhượng) (đất|nhà|lô đất|căn hộ|đất nền|chung cư|mặt bằng|quán)', 'rooms to let'),
('(làm|mua|bán|nhận làm) (bằng|bằng cấp|chứng chỉ|giấy phép|bằng lái|cmnd|cccd|giấy khám)( [^ ]+){0,3} (uy tín|nhanh|giả|giá|không cần|bao|rẻ|thật|online)', 'forged papers'),
('(^|\W)(luận văn|tiểu luận|đồ án|bài tập|assignment|essay)( [^ ]+)? (thuê|hộ|giá rẻ|trọn gói)|\bviết (thuê|luận văn)|\b(nhận|dịch vụ) (làm|viết) ([^ ]+ ){0,2}(thuê|hộ)(\W|$)', 'ghost writing')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, exception, description, builtin)
SELECT p.pattern, 'SPAM', true, p.description, true FROM (VALUES
('(mình|em|tôi|nhà em|nhà mình|vợ chồng|với|lương|nếu|có|mức|tổng) thu nhập( [^ ]+){0,6} (có nên|mua|đủ|nuôi|trả góp|thì|nên|không đủ|chưa đủ|ok)', 'can I afford it?'),
('(thuế thu nhập|thu nhập (của|thấp|trung bình|bình quân|chưa|không đủ|đâu|thì|kiểu|như|tầm này))( [^ ]+)?', 'income as such'),
('(có |được )(hỗ trợ |cho )?vay( [^ ]+){0,4} (không|ko)(\W|$)', 'asking about a loan'),
('(vay|lãi suất|lãi|thế chấp).*(bao nhiêu|thế nào|ra sao|như nào|mấy|là gì|được không)', 'asking about a loan'),
('(mình|em|tôi|nhà mình|vợ chồng|phải|đi|khỏi|không cần|khỏi cần|không phải|không muốn|đang|chưa|sợ) (đã |mới |đi |phải |còn |lỡ )*vay (tiền|vốn|ngân hàng|nhanh|nóng|thế chấp)', 'borrowing oneself'),
('(bị|toàn|gọi|gọi điện|mời|quảng cáo|tin nhắn|làm phiền|spam|rác|ghét|suốt ngày|chặn|báo cáo|ngăn).* (vay (tiền|vốn|nóng)|cho vay|mời vay|bán sim|cá độ|casino|nhà cái|lô đề|cờ bạc|đòi nợ)', 'pestered by spam'),
('(tin|thông báo|bản tin|được|trúng|đợt|phòng|bộ phận|kỳ|thi|nhà|người|đi|tuyển) tuyển dụng', 'recruiting as such'),
('(đội tuyển|tuyển việt nam|tuyển (thủ|sinh|tập|chọn|quốc gia|thêm size))', 'national teams'),
('\b(no|not|any|never|don''t|didn''t|without|stop|these|those|reported|too many) (a |an |the |more |get |need |want |click )*(loans?|free money|passive income|click (here|the link)|casino( ads?)?)', 'no offer'),
('cần vốn (ít|nhiều|đâu|để|lớn)? ?(không|bao nhiêu)|(không|chẳng) cần vốn', 'capital as such'),
('(mình|tôi|em|nhà mình|chỗ nào|ai|nào|có) ([^ ]+ )?cho thuê( [^ ]+){0,3}', 'renting as such')
) AS p(pattern, description);

-- COMPLAINT: feelings about it
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'COMPLAINT', p.description, true FROM (VALUES
('thất\s*vọng', 'disappointed'),
('\btệ (quá|hại|vãi|thật|thế|lắm|vậy|ghê|kinh|khủng|hết|dã man|không tưởng|chưa từng|và|vô cùng|như|bạc|luôn|so với|hơn)', 'bad'),
('\btệ\s*(quá|nhất)', 'bad'),
('(quá|rất|cực kỳ|cực kì|cực|vô cùng|siêu|thật|thật sự|thực sự|khá|hơi|quá là|rất là|dở|ngày càng|càng|tồi|đúng là|sao|mà|quá đỗi) tệ(\W|$)', 'bad'),
('(dịch vụ|sản phẩm|chất lượng|phục vụ|nhân viên|thái độ|xe|máy|app|ứng dụng|pin|shop|hàng|đồ ăn|trải nghiệm|bảo hành|hãng|phần mềm|hỗ trợ|chăm sóc khách hàng) ([^ ]+ ){0,4}(tệ|quá kém|tồi|dở tệ|dở ẹc|chán|quá chán|lởm|rởm|kém cỏi)(\W|$)', 'something is bad'),
('\btồi (tệ|quá|tàn)|\b(quá|rất|thật|cực) tồi(\W|$)', 'bad'),
('\bdở (tệ|quá|ẹc|ói|lắm|thật|kinh|như|vãi|òm|ẹt)|\b(quá|rất|cực|siêu) dở(\W|$)', 'bad'),
('\bchán (quá|thật|lắm|ghê|hẳn|đời|ngắt|vãi|nản|ngấy|hết chỗ nói|không buồn nói) .*(xe|máy|hãng|shop|dịch vụ|app|hàng|sản phẩm|pin|nhân viên|vinfast|phục vụ)|\b(xe|máy|hãng|shop|dịch vụ|app|hàng|sản phẩm|pin|nhân viên|vinfast|phục vụ).* chán (quá|thật|lắm|ghê|hẳn|đời|ngắt|vãi|nản|ngấy)', 'fed up with'),
('(ức chế|bực (mình|bội|tức|quá)|bức xúc|tức (điên|anh ách|muốn|quá|giận)|điên (tiết|máu|đầu)|cay cú|phát (bực|điên|khùng|ngán|ghét)|khó chịu (vô cùng|quá|thật|với|vì|khi)|(rất|quá|cực kỳ|thật|gây|làm) khó chịu|nản (quá|thật|vãi|ghê|thực sự|với)|ngán (ngẩm|tận cổ|đến cổ)|bất mãn|hết chịu nổi|không (thể )?chịu (nổi|được)|không thể chấp nhận|không chấp nhận được|quá (đáng|thể))', 'angry'),
('(không|chưa|chẳng|chả|không hề|không mấy) (hề |được |thấy |thực sự |cảm thấy |thể )*(hài lòng|ưng|ổn|ngon|thỏa đáng|thỏa mãn|vừa lòng|vừa ý|chấp nhận)', 'not content'),
('(hối hận|hối tiếc|tiếc vì đã|tiếc là đã|tiếc đã|ước gì (không|đừng|chưa) mua|ngu (mới|lắm|thật|khi|người)|dại (mới|dột|khi)|sai lầm|biết (thế|vậy) (không|đã không|đừng|khỏi|thà|mua hãng|mua xe khác|mua chỗ)|mất (hết )?(niềm tin|lòng tin|thiện cảm)|vỡ mộng|hụt hẫng|ê chề)', 'regret'),
('(phí|tiếc|uổng|ném|vứt|đổ|quăng) tiền|tiền mất tật mang|phí (của|cả|hoài|công)|mất tiền (oan|ngu|vô ích)|(phí|mất|tốn) (thời gian|công sức)|tốn tiền vô ích', 'waste'),
('không (hề )?(đáng|xứng)( với)? (tiền|đồng tiền|giá|giá tiền|một xu|1 xu|để mua|một đồng|số tiền|kỳ vọng)', 'not worth it'),
('(chặt chém|cắt cổ|hét giá|thổi giá|đội giá|giá trên trời|phí (ẩn|vô lý)|thu (thêm )?(tiền|phí) (vô lý|bậy|thêm)|trừ tiền (oan|vô lý|bậy)|giá ([^ ]+ ){0,3}(không tương xứng|không xứng|vô lý|ăn cướp))', 'prices'),
('(rác (quá|rưởi|thật|vãi|phẩm)|(như|toàn|đống|đúng là|cục|đồ|quá|app|hàng|sản phẩm|dịch vụ|là) rác(\W|$)|đống sắt vụn|vứt (đi|xó|sọt rác)|đồ bỏ đi|rẻ rách|phế vật|cùi bắp)', 'rubbish'),
('\b(bái bai|bye bye|tạm biệt|từ giã) (hãng|vinfast|shop|app|xe|em nó)', 'leaving'),
('xe gì mà|(vừa|đã) (ồn|nóng|chậm|đắt|mắc|xấu|hôi|bẩn|tốn|hao|nặng|yếu|lag|dở|lâu)( [^ ,]+){0,2} (vừa|còn|lại)', 'one fault and another'),
('(không|chẳng|chả|ko|chưa) bao giờ (mua|quay|ghé|đến|dùng|đặt|trở|tin|ủng|vào|xài|ăn|giới thiệu)|không bao h (quay|mua|ghé)', 'never again'),
('thái độ (với|vs) (khách|người)', 'attitude'),
('(^|\W)(rước|ôm|chuốc) ([^ ]+ )?(bực|họa|nợ|cục|khổ|tức|hận)(\W|$)', 'regret'),
('(chả|chẳng|không|có) (được|làm) (cái )?(tích sự|trò trống|nước non|việc) ?(gì)?|vô tích sự|vô dụng', 'good for nothing'),
('\b(ghét|ngán|chán|bực|cạn lời|hãm|mệt mỏi) (cái|với|vì|mấy|kiểu|cả|cách|thằng|hãng|shop|thể loại|dịch vụ|nhân viên) ', 'fed up'),
('(lâu lắc|chậm chạp|lề mề|ì ạch|rề rà|dài cổ|câu giờ|qua loa|cho có|đối phó|đùn đẩy|phủi tay|vô trách nhiệm|mất hút|đem con bỏ chợ|bỏ con giữa chợ|sống chết mặc)', 'slow, irresponsible'),
('\b(1|một|0|không) (sao|\*) (cho|vì|thôi|luôn|là|cũng)|(cho|vote|đánh giá|rate|chấm|xứng|xứng đáng) (1|một|0|không|2) sao', 'stars'),
('(quá|rất|hơi|cực) (đắt|mắc|chát|cao)( [^ ]+){0,2} so với|(đắt|mắc) (vô lý|cắt cổ|vãi|lòi|mà)|giá ([^ ,]+ ){0,3}(trên trời|cắt cổ|vô lý|chát)', 'too dear'),
('(hậu mãi|chăm sóc|dịch vụ|trách nhiệm|uy tín|hỗ trợ)( [^ ,]+){0,5} (bằng không|bằng 0|số 0|con số 0|số không)', 'none'),
('bị (bỏ rơi|bỏ mặc|bỏ bê|coi thường|xem thường|bơ|ngó lơ|hành|quay như chong chóng)', 'ignored'),
('(chẳng|không|chả) ra (sao|gì|cái gì|hồn|thể thống)([ ,]|$)', 'good for nothing'),
('(bán|mua|thu tiền|nhận tiền) xong( [^ ,]+){0,3} (không|chẳng|bỏ|mặc|lơ|bơ|phủi|là hết|im|quên)', 'left alone after the sale'),
('(một|1) (kiểu|đằng),?( [^ ]+){1,3} (một|1) (kiểu|nẻo|đằng)', 'not as said'),
('(một|1) lần (và|rồi|là)( [^ ,]+){0,3} (không|thôi|cạch|sợ|chừa|đủ|tởn)', 'never again'),
('(toàn|suốt ngày|cứ|lại|hay|thường xuyên) (nằm|vào|ra|đi) (gara|xưởng|bảo hành|viện|hãng)', 'always in the workshop'),
('\bchán (không buồn nói|chả buồn|hết sức|vô cùng|như con gián|đời hẳn)', 'fed up')
) AS p(pattern, description);

-- COMPLAINT: advice against
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'COMPLAINT', p.description, true FROM (VALUES
('đừng (có |nên |bao giờ |ai |mọi người |dại |mà |dại mà |ai dại mà )*(mua|xài|order|rước|tải|đăng ký|ghé|đến đây|vào đây|ăn ở đây|phí tiền|bỏ tiền|rớ|đụng|dính|đặt (hàng|mua|xe|ở|phòng|tour|shop)|dùng (của|hàng|sản phẩm|dịch vụ|app|hãng|thương hiệu|bên|loại|con|mạng|nhé|nha|nữa)|ủng hộ|tin tưởng)', 'do not buy'),
('(không|chẳng|chả|không ai|ko ai|chớ|đéo) (có ai )?nên (đặt |chọn )?(mua|đặt|chọn|rước|ủng hộ|quay lại|xuống tiền|đầu tư|tin|dùng (sản phẩm|hàng|dịch vụ|app|của|hãng)|đến|thử)', 'not to be bought'),
('(không|chẳng|chả|không thể|chưa|đéo|ai) (bao giờ |có lần |hề |dám |muốn |còn |ai |thèm )*(mua lại|quay lại|ủng hộ|trở lại|ghé lại|đặt lại|giới thiệu|dùng lại|có lần sau|có lần (thứ )?2|đến nữa|mua nữa|ăn nữa|ghé nữa|dùng nữa|đặt nữa|tin tưởng|tin nữa|tin được|recommend)', 'never again'),
('(một đi không trở lại|xin kiếu|tránh xa|né (gấp|ngay|xa|shop|hãng|con này|em này|chỗ)|nên (tránh|né)|chạy ngay đi|từ mặt|block luôn)', 'keep away'),
('(mua|dùng|đặt|ghé|ủng hộ|ăn|đến|quay lại)( [^ ]+){0,5} lần (cuối|đầu và cuối|duy nhất)|lần đầu (và )?(cũng )?là lần cuối|lần cuối (mua|dùng|đặt|ghé|đến|tôi|mình)', 'the last time'),
('(đòi|yêu cầu|bắt)( được)? (trả lại|hoàn|bồi thường|đền|hoàn lại|trả) (tiền|hàng|cọc|bù)|đòi lại tiền|trả (lại )?tiền (cho )?(tôi|mình|đây)|không (được |chịu |cho )*(hoàn|trả) (lại )?(tiền|cọc)|hoàn cọc', 'money back'),
('(khiếu nại|phản ánh|góp ý|than phiền|kêu ca).*(không|chưa|mãi|hoài|nhiều lần|mấy lần|lần thứ|vẫn|chẳng)', 'complained in vain'),
('(phải|đã|gửi|viết|làm|sẽ|xin) (gửi |viết |làm )?(đơn )?khiếu nại (về|hãng|công ty|shop|dịch vụ|thái độ|vì|nhiều|lên|bên)', 'complaining'),
('(không|chẳng|chả|chưa) (hề )?(khuyến khích|khuyên|gợi ý|đề xuất|đề cử|recommend)( [^ ]+){0,2}( mua| dùng| xài| đến| đặt| chọn|$)', 'not to be bought')
) AS p(pattern, description);

-- COMPLAINT: defects
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'COMPLAINT', p.description, true FROM (VALUES
('lỗi.*(không|chưa|chẳng|chả)( [^ ]+){0,3} (sửa|khắc\s*phục|xử lý|giải quyết|fix|bảo hành|hết|cập nhật|vá)', 'faults that are not mended'),
('(bị|dính|gặp|toàn|đầy|nhiều|vẫn|lại|liên tục|hay|suốt ngày|cứ|thường xuyên|quá trời|một đống|cả đống|báo|ra|phát sinh|đủ thứ) lỗi(\W|$)', 'faults'),
('\blỗi (hoài|mãi|suốt|liên tục|tùm lum|tè le|lung tung|liên miên|vặt|nặng|lên lỗi xuống|quá nhiều|nhiều|đủ thứ|triền miên|như cơm bữa|ngay|tới lui|hết|kinh|vãi|từ|tá lả|lặt vặt|sau)', 'faults'),
('\b(mới|vừa) (mua|nhận|dùng|xài|lấy|đi|chạy|sử dụng|bóc|mở|bảo dưỡng|sửa|thay).*(hỏng|hư|lỗi|chết|vỡ|gãy|rách|bung|đơ|tróc|bể|nứt|rơi|liệt|xước|ngừng|tắt|không lên|không hoạt động|tụt|rỉ|gỉ|xù)(\W|$)', 'new and broken'),
('\b(ngày|hôm|tuần|tháng|năm|lần|buổi|tiếng)( [^ ]+){0,2} (đã|là|thì|mà|bị|lại) (đã |lại |bị |thì |hay |bắt đầu |có |là )*(hỏng|hư|lỗi|chết|vỡ|gãy|rách|bung|đơ|tróc|bể|liệt|chai|phai|xù|gỉ|rỉ|rụng|tụt|sập|nứt|hết pin|bong|ngừng)(\W|$)', 'broken within'),
('\b(hỏng|hư) (hóc|hoài|mãi|liên tục|suốt|luôn|ngay|sau|vặt|lên|nặng|tùm lum|liên miên|quá|rồi|lại|như)', 'broken'),
('(bị|lại|nhanh|mau|dễ|hay|đã|cũng|toàn|sớm) (hỏng|hư)(\W|$)', 'broken'),
('(chết máy|sập nguồn|tắt nguồn|tự tắt|tự khởi động lại|treo máy|đơ máy|màn hình xanh|sọc màn|liệt cảm ứng|nóng máy|máy nóng|tụt pin|hao pin|chai pin|pin (tụt|yếu|kém|chai|tệ|hao|phồng|nhanh hết|tuột|bị phồng|không đủ|chán)|giật lag|lag (giật|kinh|quá|tung|như|vãi|lắm|hoài|khủng|tùm)|(văng|thoát) (app|game|ứng dụng)|đơ (quá|hoài|liên tục|như)|nóng (ran|rát|như (lửa|lò|bàn ủi))|mất sóng|rớt mạng|mất kết nối)(\W|$)', 'faults of a device'),
('\bkhông (hoạt động|lên nguồn|lên hình|chạy được|sạc được|dùng được|sử dụng được|xài được|kết nối được|vào được|đăng nhập được|thanh toán được|mở được|nghe được|ăn thua|bắt được (wifi|sóng)|rút được|đặt được|nhận sạc|nổ máy|mở cửa được|sử dụng nổi|dùng nổi)(\W|$)', 'does not work'),
('chất\s*lượng.*(tệ|kém|tồi|dở|xuống dốc|đi xuống|ngày càng (giảm|thấp)|giảm sút|quá xấu|không (tốt|như|ổn|đạt|xứng|ra gì|cao|đảm bảo|được)|chưa (tốt|ổn|đạt)|rẻ tiền|vứt|chán|lởm|rởm|cùi|thấp|ẹ)(\W|$)', 'bad quality'),
('\b(tồi|tệ|kém).*chất\s*lượng', 'bad quality'),
('\bkém (quá|xa|cỏi|lắm|thật|so với|hơn)', 'bad quality'),
('(^|\W)(hàng|đồ|sản phẩm|máy|linh kiện|phụ tùng|giày|áo|son|kem|quần|túi) ([^ ]+ )?(lởm|rởm|dỏm|đểu|giả|nhái|fake|lỗi|hỏng|kém|phế|cùi|hết hạn|hết date|cận date|kém chất lượng|trung quốc đội lốt)(\W|$)', 'bad goods'),
('\b(không|chẳng|chả) (hề )?(giống|như|đúng|khớp)( với| như)? (hình|ảnh|mô tả|quảng cáo|mẫu|cam kết|hứa|lời|thực tế|mong đợi|kỳ vọng|clip|video|những gì|đặt|giới thiệu|tư vấn)', 'not as advertised'),
('khác (xa|hẳn|hoàn toàn|một trời một vực)?( so)?( với)? ?(hình|ảnh|mô tả|quảng cáo|lời hứa|cam kết)', 'not as advertised'),
('(một|1) (đằng|nẻo|kiểu)( [^ ]+){0,3} (một|1) (đằng|nẻo|kiểu)|quảng cáo (lố|sai sự thật|láo|nổ|quá đà|sai|quá lời|bịp|một đằng)', 'not as advertised'),
('(vỡ|móp|bể|nứt|rách|bẹp|méo|trầy|xước)( méo| xước| vỡ)? (hết|nát|tan|màn|hộp|góc|tùm lum|vỏ|nhiều|tung tóe|toe)', 'damaged'),
('(bị|đã|hàng|hộp|nhận về|gói hàng|thùng) (vỡ|móp|bể|nứt|rách|bẹp|méo|trầy|xước|ướt|bung|gãy|cong vênh|tróc|bong|ố|rỉ sét|gỉ sét|phai màu|ra màu|xù lông|bục chỉ|đứt|hở|hôi|mốc|thiu)(\W|$)', 'damaged'),
('(có mùi khét|mùi (hôi|khó chịu|khét|thiu|ẩm mốc)|ôi thiu|thiu rồi|bị thiu|mốc (meo|xanh|hết)|có (tóc|ruồi|sạn|dị vật)|đau bụng|tiêu chảy|nổi mẩn|dị ứng|kích ứng|nổi mụn)(\W|$)', 'unclean or harmful'),
('(^|\W)(rung lắc|kêu (lạch cạch|lọc cọc|lục cục|lọc xọc|rắc rắc|như|rột rột|cộc cộc|cọt kẹt|cót két|rè rè|to như|ầm ầm|lộc cộc|cành cạch)|ồn (quá|như|kinh|khủng khiếp)|chảy dầu|rò rỉ (dầu|nước)|thấm nước|dột|vào nước|loa rè|rè loa|màn (hình )?(ám|hở sáng|nhấp nháy|chớp))(\W|$)', 'faults'),
('(vẫn|lại|tiếp tục|cứ) bị( y|$)|\b(\d+|mấy|hai|ba|bốn|năm|nhiều|bao nhiêu) lần( [^ ,]+){0,2} (vẫn|chưa|không|mà)( |$)', 'again and again'),
('\b(là|lại|cứ|bị|hay|toàn) (văng|ì|đơ|lag|sập|treo|giật|out|khựng|rung|xóc|nóng máy|hú|kẹt|lệch|rò|chảy nhớt|mất ga|hụt ga|mất nguồn|chập chờn|delay)([ ,]|$)', 'fails'),
('\blúc (được|có|mát|lên|vào|nhận|bắt|chạy|sạc|mở|nghe)( [^ ]+)? lúc (không|thì|chẳng|chả|mất)|lúc được lúc không|chập chờn|được (lúc|bữa|hôm) (đầu|này)', 'now and then'),
('(màn hình|máy|xe|app|pin|sạc|loa|đèn|wifi|remote|cửa|khóa|cảm biến|camera|điều hòa|gps|định vị|bluetooth)( [^ ,]+){0,2} không (lên|vào|chạy|nhận|mở|sáng|kêu|nghe|bắt|ăn|hoạt động|lạnh|khóa)(\W|$)', 'does not work')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'COMPLAINT', p.description, true FROM (VALUES
('như (rùa|sên|hạch|cứt|(cái )?(lò|bếp|lò lửa|bàn ủi)|cục (gạch|cứt|đá|sắt)|rác|đồ chơi|hàng mã|hàng chợ|công nông|máy cày|không có|cái chợ|trò hề|trò đùa|đấm vào tai|hút máu|bố đời|ông trời con|bà hoàng)(\W|$)', 'likened to what is bad'),
('(pin|camera|loa|màn hình|wifi|sóng|mạng|cảm ứng|âm thanh|hình ảnh|cách âm|chất vải|vải|đường may|chất liệu|đóng gói|phục vụ|giao hàng|vận chuyển|làm lạnh|hút|giặt|sạc|bắt sóng|chụp|phản hồi|xử lý|tư vấn|hoàn thiện|hậu mãi|vệ sinh|phòng|đồ ăn|món ăn|nước|keo|sơn|nội thất|vỏ|nhựa|bàn phím|chạy|bảo hành|hỗ trợ|điều hòa|máy lạnh|động cơ|phần mềm|hệ thống) ([^ ,]+ ){0,3}(kém|quá tệ|yếu|mờ|quá chậm|chậm|xấu|dở|rè|ẩu|tồi|lỏng lẻo|ọp ẹp|đuối|chập chờn|ì ạch|ỳ ạch|kêu to|bẩn|dơ|hôi|nguội ngắt|nguội lạnh|sơ sài|cẩu thả|lề mề|thất thường|rẻ tiền|ồn|bong tróc|dễ vỡ|dễ hỏng|dễ rách|mỏng dính|nhanh hỏng|mau hỏng|chán|phập phù|loạn)(\W|$)', 'a feature is bad'),
('(^|\W)(dùng|xài|sạc|mở|vào|chạy|đăng nhập|bấm|kết nối|cài|mặc|đi|ăn|uống|coi|xem|nghe|gọi|thanh toán) (mà |mãi |hoài |cũng )*(không|chẳng|chả) (được|nổi|vào|lên|vô|ra gì|xong|thấy gì)(\W|$)', 'does not work'),
('(không|chẳng|chả|hết|khỏi|đéo)( [^ ,]+){0,2} (mua|đặt|dùng|xài|ăn|ghé|đến|quay lại|ủng hộ|tin|order|vào|chơi|dám)( [^ ,]+){0,5} nữa(\W|$)', 'never again'),
('(không|chẳng|chả|hết) dám (đặt|mua|dùng|ăn|quay lại|tin|giới thiệu|ủng hộ)', 'never again'),
('(quá nhiều|toàn|đầy|lắm|ngập|nhiều) (quảng cáo|lỗi|bug|sạn|vấn đề|bất cập|nhược điểm)', 'too much of what is bad'),
('lần thứ (hai|ba|tư|bốn|năm|sáu|bảy|mấy|n|\d+)( [^ ]+){0,4} (hỏng|hư|lỗi|xưởng|bảo hành|sửa|khiếu nại|gọi|trong tháng)|(hỏng|hư|lỗi|xưởng|bảo hành|sửa|khiếu nại|trễ)( [^ ]+){0,3} lần thứ', 'again and again'),
('(\d+|mấy|cả|hai|ba|một|nửa|vài|gần) (ngày|tuần|tháng|hôm|năm|tiếng|giờ|bữa) (rồi |nay |trời |mà |vẫn |liền |qua |sau )*(chưa|không) (có|thấy|nhận|giao|xong|về|tới|được|ai|trả|sửa|giải quyết|phản hồi|hoàn)', 'waited'),
('\b(bữa|hôm|ngày|tuần|tháng|năm|lần|giặt|tiếng) (là|đã|thì|mà đã|mà) (hư|hỏng|xù|chai|gãy|rách|bung|hết|phai|nứt|đứt|liệt|bong|tróc|đơ)(\W|$)', 'broken within'),
('(shop|hãng|nhân viên|tổng đài|page|admin)( [^ ,]+){0,2} (lơ|bơ|im luôn|block|chặn|làm ngơ|phớt lờ|lặn|mất dạng|né tránh)(\W|$)', 'ignored'),
('\bkhó chịu(\W|$)|\bchán (hẳn|ngắt|ngấy|đời|phèo)|\bxuống cấp|thụt lùi|tụt hậu|tệ đi|ngày càng (tệ|kém|chán|xuống|dở)|không (ra gì|thể tin nổi|thể hiểu nổi)|\bquá là (tệ|kém|chán)', 'displeased'),
('(nói chuyện|trả lời|ăn nói) (trống không|cộc lốc|cục súc|xấc xược|hỗn|khó nghe|mỉa mai|thiếu tôn trọng|qua loa|cho có)', 'rude'),
('(thì|là) (cao|đắt|mắc)( [^ ]+){0,3} mà( [^ ]+){0,4} (thấp|kém|tệ|dở|chán|không|chậm)', 'too dear for what it is'),
('không (một|có|hề có)( một)? lời (xin lỗi|giải thích|hồi âm)|không (thèm|hề) xin lỗi', 'no excuse'),
('(đòi|xin|muốn|yêu cầu)( [^ ]+){0,2} (đổi|trả|hoàn)( [^ ]+){0,3} (thì|mà|nhưng)( [^ ]+){0,3} (không|lơ|bơ|từ chối|bảo|kêu|im|chối)', 'not taken back'),
('(mong|cần|nên|phải)( [^ ]+){0,2} (cải thiện|chấn chỉnh|khắc phục|xem xét lại) ', 'ought to be better'),
('(xe|hàng|máy|đồ|mới|vừa)?( [^ ]+){0,2} (chưa|mới|vừa) (đi|dùng|xài|kịp|chạy|mở|mặc)( [^ ,]+){0,4} (đã|mà|là)( [^ ]+)? (lỗi|hỏng|hư|chai|rách|vỡ|bung|gãy|hết)', 'new and broken'),
('\bkêu ([^ ]+ ){0,3}(cọc|cạch|lạch|lục|lọc|rít|rè|két|kẹt|loạt|rắc|lộc|ù|cót|rầm|cạc|o o|vo vo|ken két|ầm)(\W|$)', 'noises'),
('(tư vấn|báo|tính|giao|ghi|nhập|lắp|gửi|làm|đóng|xuất|ship|trừ) (giá |tiền |hàng |đơn )?(sai|nhầm|lộn|láo)(\W|$)', 'done wrong'),
('(sạc|chờ|đợi|xếp hàng|gọi|nằm|sửa|load|tải)( [^ ]+){0,2} (\d+|mấy|cả|nửa|vài|hai|ba|chục|một) (tiếng|giờ|ngày|tháng|phút|tuần|năm|lần|cuộc)( [^ ,]+){0,2} (không|chưa|vẫn|chẳng|mới|mà)', 'waited')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'COMPLAINT', p.description, true FROM (VALUES
('(cứ|suốt|hay|toàn|lâu lâu lại|thỉnh thoảng lại|chốc chốc lại) (bị )?(treo|đơ|lag|giật|nóng|tắt|sập|văng|tuột|tụt|rớt|kẹt|báo lỗi|out|mất mạng|mất sóng|reset|khởi động lại|kêu|rung|chết máy)(\W|$)', 'keeps failing'),
('(treo|đơ|lag|giật|sập|tắt|nóng|kẹt|rớt|kêu|rung|văng|trễ|chậm|delay) (hoài|suốt|mãi|liên tục|liên miên|quài|triền miên|hàng ngày)(\W|$)', 'keeps failing'),
('(bất bình|bất mãn|bất tiện|bất cập|phản cảm|không đồng tình|vô lý|vô lí|quá quắt|trơ trẽn|nhục|ăn bớt|bớt xén|mập mờ|thiếu minh bạch|không minh bạch|không rõ ràng|vớ vẩn|tào lao|nhảm nhí|xàm|láo nháo|lố bịch|tệ hại|thảm họa|kinh khủng|khủng khiếp|ác mộng|tồi tàn|đáng sợ|kinh tởm|ghê tởm|tởm)(\W|$)', 'angry'),
('(ném|quăng|vứt|liệng) (hàng|đồ|kiện|thùng|gói)|đuổi khách|(mua|bị|quá) (hớ|hố)(\W|$)|\b(hớ|hố) (rồi|nặng|quá)', 'treated badly'),
('sai (kỹ thuật|quy trình|quy cách|thông tin|thông số|sự thật|hẹn|lời hứa|cam kết|mẫu|màu|size|hàng|địa chỉ|đơn)(\W|$)', 'done wrong'),
('(thua xa|thua hẳn|kém xa|không bằng (một góc|1 góc|nửa|hàng|một phần|cái|con)|còn thua|tệ hơn|kém hơn|chán hơn|xấu hơn|dở hơn)(\W|$)', 'worse than others'),
('(rỉ sét|gỉ sét|han gỉ|hoen gỉ|bong sơn|tróc sơn|xuống màu|bay màu|phai màu|ra màu|xù lông|bục chỉ|sứt chỉ|rách (toạc|bươm|nát)|nứt (vỡ|toác|nẻ)|chảy nước|rò nước|ngấm nước|thủng|ọp ẹp|lỏng lẻo|xiêu vẹo|cong vênh|hở keo|ám vàng|chết điểm ảnh|đốm đen|hở sáng|sọc xanh|sọc ngang)(\W|$)', 'defects'),
('mà (bảo|kêu|nói|dám nói|quảng cáo|ghi|gọi)( là)? ([^ ]+ )?(mới|chính hãng|zin|auth|xịn|cao cấp|chất lượng|chống nước|5 sao|nhập khẩu)(\W|$)', 'not as said'),
('(gây|làm) (khó dễ|khó khăn|phiền hà|phiền phức)|(đổi trả|thủ tục|hoàn tiền|bảo hành)( [^ ,]+){0,2} (khó khăn|rườm rà|phức tạp|lằng nhằng|rắc rối|mất thời gian)', 'made difficult'),
('với cách (xử lý|làm việc|làm ăn|giải quyết|hành xử|phục vụ|ứng xử)', 'displeased with how it was handled'),
('(bắt|ép|buộc) (khách|người mua|mình|tôi)( [^ ]+){0,3} (mua|trả|đợi|chờ|chịu|ký|đóng|nộp)|(tự|bị) (động )?(trừ|thu|cộng) (thêm )?(tiền|phí)|tính (sai|thêm|gian|khống) (tiền|giá|phí)|phụ thu', 'made to pay'),
('(không|chưa|chẳng) (cho|được|chịu|nhận) (đổi|trả|hoàn|bảo hành|xem hàng|kiểm hàng|đồng kiểm|hủy)(\W|$)', 'not taken back'),
('(thiếu|mất|không có|quên) (hộp|phụ kiện|quà|hóa đơn|tem|sạc|ốc|món|giấy tờ|quà tặng)( [^ ]+){0,3}(như|kèm|đi kèm|mà|quảng cáo|đã hứa|\W|$)', 'something is missing'),
('(hàng|đồ|sản phẩm|máy|xe|vải|son|kem|giày|áo|thức ăn|món|phòng) ([^ ]+ ){0,2}(quá|rất|cực|hơi|siêu) (xấu|kém|tệ|mỏng|thô|nặng|ồn|nóng|yếu|chậm|đắt|chật|bẩn|dơ|hôi|mặn|ngọt gắt|dai|tanh|nhạt|cũ)(\W|$)', 'a thing is bad'),
('(chờ|đợi) (rất |quá |cực |mất )(lâu|cả|hơn)|lâu (quá trời|kinh khủng|vãi|ơi là lâu|không chịu được)|(giao|ship|làm|phục vụ|xử lý|phản hồi|lên món|ra món|tải|load)( [^ ]+){0,2} (quá|rất|cực|siêu|hơi) (lâu|chậm)', 'slow'),
('(thái độ|nhân viên|phục vụ|bảo vệ|tư vấn|sale|shipper|lễ tân|chủ shop|chủ quán)( [^ ,]+){0,3} (như (bố|cha|mẹ|ông|bà|chó|cục|ban ơn)|khó ưa|khó gần|lạnh nhạt|dửng dưng|lạnh lùng|coi thường|thiếu|vô|mất|bố|cộc|ngơ ngác|không biết|chậm)', 'attitude'),
('(gây|làm) (thất vọng|khó chịu|bức xúc|phiền|mất thời gian|hỏng|hư|ảnh hưởng)(\W|$)|làm phiền', 'displeased'),
('(không|chẳng|chả) (có )?(tác dụng|hiệu quả|ăn thua|cải thiện|công dụng|bõ công|bõ tiền|thơm|sạch|mát|mượt|êm|bền|ấm|chắc chắn|đáng tin|tin cậy|như mong đợi|như kỳ vọng)(\W|$)', 'not good')
) AS p(pattern, description);

-- COMPLAINT: service and delivery
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'COMPLAINT', p.description, true FROM (VALUES
('(không|chẳng|chả|chưa|đéo)( có| thấy| hề)?( ai| một ai| người)?( thèm| chịu| hề| được)? (nghe (máy|điện thoại)|bắt máy|nhấc máy|trả lời|phản hồi|rep|hồi âm|giải quyết|xử lý|liên hệ lại|gọi lại|đoái hoài|giải đáp|hoàn tiền|bồi thường|chịu trách nhiệm|nhận trách nhiệm|giữ lời|tôn trọng khách|bảo hành)(\W|$)', 'no answer'),
('(không|chẳng|chả|chưa|đéo) (có |thấy |hề )*(ai|được|chịu|thèm|một ai)( ai)? (hỗ trợ|giúp|quan tâm|đổi|sửa|tiếp|tư vấn|ra tiếp|hỏi han|đến|làm việc)', 'no help'),
('(gọi|nhắn|hotline|tổng đài|liên hệ|inbox|email|chat).*(mãi|hoài|cả chục|chục|cả trăm|mấy|nhiều|bao nhiêu|cháy máy|suốt)( [^ ]+){0,3} (không|chẳng|chưa|mới|vẫn|toàn|lần|cuộc)( |$)', 'called in vain'),
('(seen|xem tin|đọc tin|đã xem)( [^ ]+){0,3} (không|bơ|im|chẳng|mà)|(bơ|lơ|ngó lơ|phớt lờ|mặc kệ|bỏ mặc|im lặng với|làm lơ|bỏ rơi) (khách|luôn|tin nhắn|khiếu nại|người mua|người dùng|mình|tôi)|(im re|im ru|im thin thít|bặt vô âm tín|lặn mất tăm|sống chết mặc bay|đem con bỏ chợ)', 'ignored'),
('\bgiao (hàng )?([^ ]+ )?(chậm|lâu|trễ|muộn|nhầm|thiếu|sai|lộn|ẩu|hỏng|như rùa|không đúng|hàng lỗi|hàng cũ|hàng giả|hàng vỡ|lỗi)(\W|$)', 'delivered late or wrong'),
('(gửi|ship|đóng|đóng gói|trả|lên đơn) (hàng )?(nhầm|thiếu|sai|lộn|ẩu|cẩu thả|sơ sài|chậm|lâu)(\W|$)', 'delivered late or wrong'),
('(đợi|chờ)( [^ ]+){0,3} (mãi|hoài|cả (buổi|tuần|tháng|ngày|tiếng|năm)|dài cổ|mòn mỏi|quá lâu|lâu quá|lâu lắc|mỏi cổ|hơn|gần|(\d+|một|hai|ba|bốn|năm|nửa|mấy|vài|chục) (ngày|tuần|tháng|tiếng|giờ|năm))(\W|$)', 'waited'),
('(đặt|order|mua|cọc|đặt cọc|hẹn|gửi|trả tiền|thanh toán|bảo hành|sửa).*(ngày|tuần|tháng|năm|lâu|tiếng|nay|rồi)( [^ ]+){0,3} (chưa|vẫn chưa|không|mà chưa|vẫn không|mà không)( được| thấy| có)? (giao|nhận|xong|có|thấy|hàng|xe|đâu|trả|ai|giải quyết|về|tới|phản hồi|sửa|lấy)', 'waited'),
('(vẫn|mãi|đến giờ|đến nay|tới giờ|còn) (mãi )?(chưa|không) (nhận được|giao|giải quyết|xử lý|được (giao|giải quyết|xử lý|hoàn|sửa|nhận|hỗ trợ|trả)|có (hàng|xe|phản hồi|ai|câu trả lời|kết quả)|hoàn|trả|sửa|phản hồi|thấy (hàng|xe|đâu|phản hồi|ai|giao)|xong|khắc phục|fix|cập nhật)', 'still not done'),
('(hẹn( [^ ,]+){0,3} (mà|rồi|xong|nhưng) (không|chẳng|chưa|lại)|hẹn lần|hẹn lên hẹn xuống|hứa (hão|lèo|suông|hẹn|xong|nhiều|cho)|thất hứa|nuốt lời|thất tín|lật lọng|tráo trở|(tự động|bị|shop|hãng|lại) hủy (đơn|chuyến)|tự ý (hủy|trừ|thu|đổi|cắt)|câu giờ|đùn đẩy|đổ lỗi|đổ thừa|chối bỏ|phủi (tay|trách nhiệm)|(trốn|né) tránh trách nhiệm|đá (qua đá lại|bóng trách nhiệm)|hành (khách|là chính|hạ))', 'broken promises'),
('(vô|thiếu|không có) (trách nhiệm|lương tâm|văn hóa|đạo đức|ý thức|tâm)(\W|$)', 'irresponsible'),
('(thiếu|không|kém) (hề )?(chuyên nghiệp|tôn trọng khách|trung thực|uy tín|lịch sự|tôn trọng)(\W|$)', 'unprofessional'),
('làm ăn (chán|tệ|kiểu|chụp giật|chộp giật|bát nháo|như|vớ vẩn|mất|tắc trách|cẩu thả|chả|không|thế|gì)', 'bad business'),
('(tắc trách|cẩu thả|làm ẩu|quan liêu|hời hợt|bố láo|láo toét|láo lếu|mất dạy|hách dịch|cộc cằn|cục cằn|cọc cằn|thô lỗ|lồi lõm|khinh khỉnh|khinh (khách|người)|coi thường|xem thường|mất lịch sự|bất lịch sự|thờ ơ|vô cảm|cáu gắt|gắt gỏng|quát (khách|tháo|nạt)|chửi (khách|bới|mắng)|mắng khách|nạt (nộ|khách)|chảnh (chó|cún|với khách)|lừ đừ|lề mề|ù lì)', 'rude or careless'),
('(thái độ|nhân viên|phục vụ|tư vấn|sale|bảo vệ|lễ tân|thu ngân|shipper|tổng đài|cskh|quản lý|giảng viên|tài xế).* (kém|lồi|gắt|khó ở|khó chịu|láo|hỗn|xấc|chảnh|ngáo|chậm chạp|không nhiệt tình|thiếu nhiệt tình|vô duyên|không biết gì|ăn nói|mặt (nặng|như)|trả treo|hỏi (gì )?cũng không)(\W|$)', 'attitude'),
('(mong|đề nghị|yêu cầu|yêu cầu|hi vọng|hy vọng)( [^ ]+){0,4} (xem lại|khắc phục|cải thiện|giải quyết|xử lý|chấn chỉnh|sửa (lỗi|chữa)|làm rõ|có trách nhiệm|hoàn tiền)', 'demands'),
('tuyệt\s*vời.*không( ai| có ai)? (bắt\s*máy|trả\s*lời|nghe máy|giải quyết|phản hồi)', 'sarcasm'),
('tuyệt\s*vời\s*(quá|ghê) (cơ|ha|nhỉ|luôn á)(\W|$)', 'sarcasm'),
('cảm\s*ơn.*đã.*(làm (hỏng|hư|mất|phiền)|phá|hành|cho.*(bài học|ăn)|để.*(chờ|đợi)|giao (nhầm|thiếu|sai))', 'sarcasm'),
('(chúc mừng|vỗ tay|hoan hô|bái phục|khâm phục|đẳng cấp|công nhận).*(lỗi|hỏng|chờ|đợi|trễ|không ai|tệ|delay|chậm|nằm xưởng|vào xưởng)(\W|$)', 'sarcasm'),
('(hỏi|góp ý|báo|kêu|nhắc) (gì )?(cũng|thì) (không|im|lơ|bơ|bảo không biết)', 'no answer'),
('(nằm|vào|ra vào) (xưởng|hãng|trạm bảo hành|trung tâm bảo hành)( [^ ]+){0,4} (như|hoài|mãi|liên tục|suốt|lần|tuần|tháng|ngày)(\W|$)', 'always in the workshop'),
('mặt (khó|nặng|lạnh|hầm|cau|đăm|sưng|như (đưa đám|đâm lê|mất sổ))( [^ ]+)?(\W|$)|khó đăm đăm|(không|chẳng|chả|chưa) (có )?(ai|người) (nghe|rep|trả lời|tiếp|xử lý|giải quyết|phản hồi|nhận|chịu)(\W|$)', 'nobody answers')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, match_unsigned, description, builtin)
SELECT p.pattern, 'COMPLAINT', false, p.description, true FROM (VALUES
('\b(that vong|te qua|rat te|qua te|te hai|kem chat luong|chan qua|loi hoai|hong roi|hu roi|buc minh|uc che|phi tien|do te|do ec|te nhat)\b', 'bad, without marks'),
('cạch (mặt|luôn|tới già|hẳn)', 'keep away; without marks it is how'),
('(^| )(tệ|quá tệ|rác|dở|chán|tồi)( ạ| nhé| nha| thật)?$', 'nothing more to say'),
('\b(quá|rất|cực|cực kỳ|siêu|khá|vô cùng|quá là|rất là|hơi) (xấu|chậm|ồn|yếu|mỏng|thô|bẩn|dơ|hôi|xóc|mờ|lag|giật|rè|phiền|khó dùng|ẩu|kém|dở|bất tiện|bí bách|rung|lởm|cùi|phèn|chán|hao|tụt|ọp ẹp|cẩu thả|lằng nhằng|khó hiểu|phức tạp)', 'bad; without marks other words'),
('(xấu|chậm|ồn|yếu|mỏng|bẩn|dơ|hôi|xóc|mờ|lag|giật|rè|ẩu|kém|dở|lởm|cùi|hao|tụt) (quá|lắm|thật|ghê|vãi|kinh|dã man|khủng|thế|vậy|kinh khủng|tè le|hoài|òm|tang|dính|rích)', 'bad'),
('(pin|xe|máy|hàng|vải|da|sơn|nhựa|app|ứng dụng|loa|camera|màn hình|màn|ghế|phuộc|giảm xóc|phanh|điều hòa|máy lạnh|cách âm|mạng|wifi|sóng|dịch vụ|phục vụ|nhân viên|shop|hãng|chất lượng|đóng gói|giao hàng|thái độ|phần mềm|chất vải|form|đường may|mùi|đồ ăn|món|phòng|sạc|hoàn thiện|nội thất|cảm ứng|bảo hành|hậu mãi|chăm sóc khách hàng)( [^ ,]+){0,2} (xấu|chậm|ồn|yếu|kém|dở|lởm|hôi|bẩn|mờ|rè|lag|giật|ẩu|xóc|hao|tụt|chai|đơ|cùi|bèo|hư|hỏng|lỗi|nguội|ôi|mốc|bong|tróc|phai|rách|nứt|cứng ngắc|bực|chán)([ ,]|$)', 'a thing is bad'),
('(^|[ ,])(không|chẳng|chả) (hề |được |thấy |đủ |thật sự |còn |có )*(mát|lạnh|ấm|sạch|bền|êm|nét|nhạy|mượt|ngon|chính xác|kịp|tươi|thơm|tiện|thoải mái|đạt yêu cầu|đầy|nhận sạc|rõ ràng|ổn định|chắc chắn|chất lượng|đáng tin|trơn tru|xứng đáng|dễ chịu|khít|kín|phẳng|đều|sắc nét|tốt)([ ,]|$)', 'not what it ought to be'),
('(^| )(dởm|dỏm|đểu|lởm|rởm|cùi bắp|như hạch|tởm|hãm)([ ,]|$)', 'bad')
) AS p(pattern, description);

-- COMPLAINT: English
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'COMPLAINT', p.description, true FROM (VALUES
('\bdisappoint(ed|ing|ingly|ment|ments|s)?\b', 'disappointed'),
('\b(terrible|horrible|awful|horrendous|pathetic|atrocious|abysmal|appalling|dreadful|disgusting|unacceptable|disgraceful|shameful|useless|worthless|garbage|rubbish|trash|junk|crap|crappy|lousy|shitty|sucks|sucked|overpriced|unreliable|unprofessional|incompetent)\b', 'bad'),
('\b(the |my |your |their )?worst (\w+ ){0,3}(ever|i|i''ve|company|service|experience|customer|product|purchase|car|phone|app|airline|bank|support|hotel|restaurant|brand|decision|money)\b', 'the worst'),
('\b(waste|wasted|wasting)( of)?( my| your)? (money|time|hours|cash|hard earned)\b', 'waste'),
('\b(bad|poor|poorly|slow|rude|nasty|cheap|low|shoddy|mediocre|nonexistent|zero|no) (customer |quality |after ?sales? )?(service|quality|support|experience|staff|made|built|build|attitude|treatment|communication|reception|design|customer)\b', 'bad service'),
('\b(service|staff|support|quality|experience|battery|app|waiter|employees?|driver|manager|delivery|shipping|build) (here |quality |life |team )?(is|was|are|were|has been|have been) (so |very |really |just |absolutely |extremely |always |too |quite |such )*(bad|poor|slow|rude|the worst|a joke|unhelpful|late|horrid|weak|lacking|dismissive|a nightmare|nonexistent|not good|not great)\b', 'bad service'),
('\b(stopped|stops|quit|never|not|isn''t|aren''t|wasn''t|doesn''t|does not|don''t|didn''t|did not|won''t|will not|hasn''t|no longer) (even |really |properly |actually |been )*(work(ed|ing|s)?|function(ing)?|charg(e|ing)|turn(ing)? on|start(ing)?|load(ing)?|open(ing)?|connect(ing)?|respond(ing|ed)?|arrive[d]?|deliver(ed)?|show(ed)? up|fit|last(ed)?|refund(ed)?|honou?r)\b', 'does not work'),
('\b(broke|breaks|broken|died|failed|fell apart|falls apart|falling apart|cracked|snapped|defective|faulty|malfunction(s|ed|ing)?|glitch(y|es)|buggy|bugs|laggy|lags|overheat(s|ed|ing)?|leaks|leaked|leaking|rusted|peeling|scratched|damaged|bricked)\b', 'broken'),
('\b(keeps?|kept|constantly|always) (on )?(crash|freez|disconnect|dying|break|stopp|restart|shut|fail|lagg|cancel|delay|turning off|reboot)\w*', 'keeps failing'),
('\b(crash(es|ed|ing)|freez(es|ing)) (every|all the|constantly|when|on|whenever|again)\b', 'keeps failing'),
('\b(do not|don''t|dont|never) (ever |even |waste your |bother |trust |go |come |use |shop )*(buy|purchase|order|shop|waste|use (this|them|it)|trust|recommend|go (here|there|to)|bother)\b', 'do not buy'),
('\b(never|not|won''t|wouldn''t|will not|would not|cannot|can''t|don''t) (ever |be |going to |gonna |going |in good conscience )*(buy(ing)?|order(ing)?|shop(ping)?|com(e|ing)|go(ing)?|us(e|ing)|return(ing)?|recommend|purchas(e|ing)|fly(ing)?|stay(ing)?|eat(ing)?) (\w+ ){0,5}(again|back|anymore|from|here|this|them|it)\b', 'never again'),
('\bnever again\b', 'never again'),
('\b(want|demand|demanding|asked for|requested|get|give me|refus\w+|denied|still no|no) (a |my |to give |me |for )*(refund|money back|full refund)\b', 'money back'),
('\b(still|been|after|over|for) (\w+ ){0,3}(waiting|haven''t (received|heard|got)|have not (received|heard|got)|hasn''t (arrived|shipped|come)|has not (arrived|shipped)|no (reply|response|answer|refund|update|delivery|sign))\b', 'still waiting'),
('\b(so|very|really|extremely|pretty|quite|am|i''m|was|totally|not) (unhappy|upset|angry|annoyed|frustrated|dissatisfied|unsatisfied|satisfied with nothing|happy with how)\b|\b(unhappy|dissatisfied|unsatisfied) with\b|\bnot (happy|satisfied|good|impressed|great|acceptable|ok|okay|as good|comfortable|recommended)\b', 'unhappy'),
('\b(never|haven''t|hasn''t|didn''t|not|hadn''t) (even )?(received?|arrived?|got|gotten|delivered|came|shipped|showed up) ?(my|the|it|any|anything|yet|order|package)?', 'not delivered'),
('\btoo (slow|noisy|buggy|weak|loud|thin|tight|flimsy|unreliable|complicated|expensive for)\b|\b(doesn''t|don''t|didn''t) (last|hold|stay|fit|match|deserve|care|honou?r)\b', 'bad'),
('\b(slow|late|delayed|terrible) (delivery|shipping|response|service|support)|\b(torn|flimsy|cheaply made|flickers?|flickering|cheap plastic|wobbly|poorly|badly (made|designed|packed))\b', 'bad'),
('\b(never|don''t|doesn''t|didn''t|won''t|not) (even )?(answers?|answering|answered|replie[sd]|reply|replying|responds?|responded|pick(s|ed)? up|call(s|ed)? back|g[eo]t back to)\b', 'no answer'),
('\b(no one|nobody|no ?body) (answers?|answered|replies|replied|responds?|responded|helps?|helped|picks? up|picked up|cares?|calls?)\b', 'no answer'),
('\b(ignored|ignores|ignoring|hung up on|unresponsive|on hold for|left on read|passed around|ghosted)\b', 'ignored'),
('\b(arrived|came|received|delivered|shipped|sent|got) (\w+ ){0,4}(late|broken|damaged|wrong|defective|cracked|used|dirty|missing|incomplete|opened|cold|expired)\b', 'delivered wrong'),
('\b(wrong|missing|incomplete) (item|items|size|colou?r|order|product|parts?|pieces?|package|address)\b', 'delivered wrong'),
('\b(fed up|sick (and tired )?of|so (annoy|frustrat|angry|upset)\w*|very (annoy|frustrat|angry|upset|unhappy|dissatisf)\w*|frustrat(ed|ing)|infuriating|annoying|regret (buying|purchasing|ordering|getting|this|it|my)|ripped? (me |us |people )?off|rip ?-?off|shame on|what a joke|total joke|lost (a|another|my) (customer|business|trust)|false advertising|misleading|not (as|like) (described|advertised|pictured|shown|expected)|not worth|hidden fees?|overcharged|charged (me )?(twice|double|extra))\b', 'angry'),
('\b(drain(s|ed|ing)?|dies|died|discharg\w+) (\w+ )?(too |so |very |really |way too )?(fast|quickly|quick)\b|\b(battery|range) (is |life is |drain|dies)', 'battery'),
('\b(no one|nobody|they|it|support|company|seller|dealer)( \w+)? (refus(e|es|ed|ing)|ignor(e|es|ed)|won''t|wouldn''t|can''t|couldn''t|doesn''t|don''t|never)', 'refused'),
('\b(stuck|freez(es|ing)|froze|crash(es|ed|ing)?|dead|dented|loose|leak(s|ing)?|squeak\w*|rattl\w+|noisy|stains?|cheap(ly)? (made|plastic)|low quality|bad quality|poor quality)', 'faults')
) AS p(pattern, description);

-- What is no COMPLAINT
INSERT INTO analytics.intent_patterns (pattern, intent, exception, description, builtin)
SELECT p.pattern, 'COMPLAINT', true, p.description, true FROM (VALUES
('(không|chưa|chẳng|chả|đừng|khỏi)( hề| bao giờ| từng| lần nào| làm| phải| khiến| gây| bị| ai| mình| tôi| em| khách| người dùng| bạn| chúng tôi| để| cảm thấy| thấy| có gì| có| một lần| quá| lo| sợ)* (thất vọng|hối hận|hối tiếc|khó chịu|bực mình|ức chế|phí tiền|tiếc tiền|uổng tiền|phí|uổng)( [^ ]+)?', '"never disappointed"'),
('(không|chẳng|chả|đâu|chưa|nào)( hề| có| đến| nỗi| quá| phải| đến mức| là| thấy| tới| đâu)* (tệ|dở|kém|chán|tồi|lởm|rác|thua kém)( [^ ]+)?', '"not bad"'),
('(không|chẳng|chả|chưa|ít|đỡ|hết)( hề| có| bị| quá| thấy| còn| phải| đến nỗi| hay| bao giờ| lo| sợ)* (yếu|mờ|chậm|xấu|rè|ẩu|ồn|bẩn|dơ|hôi|nguội|bong tróc|khó chịu|đuối|chập chờn|nhiều quảng cáo|quảng cáo|xuống cấp|dễ vỡ|ọp ẹp)( [^ ]+)?', '"not weak"'),
('(mua|dùng|đi|xài) (xe xăng|xe máy|máy cũ|hãng khác|đồ cũ|taxi|grab)( [^ ]+){0,2} nữa(\W|$)', 'not the old one any more'),
('(không|chẳng) (cần|phải|lo|sợ)( [^ ,]+){0,5} nữa(\W|$)', '"no need any more"'),
('(tiền tệ|nhân dân tệ|tệ nạn|\d+ ?tệ|vạn tệ|nghìn tệ|trăm tệ|trường hợp (xấu|tệ) nhất)', 'currency, vice'),
('(không|chưa|chẳng|chả|hết|ít|đỡ|không còn|sửa hết|khắc phục hết|đã (hết|sửa|fix|khắc phục)|sửa được|fix hết)( [^ ]+)?( hề| thấy| có| gặp| bị| dính| từng| phát hiện| bao giờ| phải| một| cái| gì| xảy ra| được| các| những| còn)* (lỗi|hỏng hóc|hỏng|hư|vấn đề|trục trặc)( gì| nào| lầm| vặt| nặng| hóc| đáng kể| cả| luôn| phần mềm| rồi| lần nào)?', '"no faults"'),
('(không|chưa|chẳng|chả|ít|hết|không lo|đỡ)( hề| thấy| bị| có| gặp| lo| sợ| hiện tượng| bao giờ| từng| còn| tình trạng)* (giật lag|lag|giật|nóng máy|nóng|đơ|treo máy|tụt pin|hao pin|chai pin|sập nguồn|chết máy|treo|rung lắc|ồn|mất sóng|mùi|dị ứng|kích ứng|nổi mụn|đau bụng)( [^ ]+)?', '"no lag"'),
('(không|chẳng|chưa|chả)( hề| có| bị| lo| sợ| thấy| cái nào| một)* (móp méo|móp|vỡ|bể|rách|trầy|xước|méo|nứt|phai|xù|ra màu|bong|tróc)( [^ ]+)?', '"undamaged"'),
('(không|chẳng|chả|miễn|khỏi|không có gì để|chẳng có gì để|không thể|không biết|hết chỗ) (chê|phàn nàn|than phiền|góp ý|khiếu nại)( [^ ]+)?', 'nothing to complain of'),
('đừng (mua|đặt|chốt) (vội|xe khác|hãng khác|chỗ khác|nơi khác|đồ khác|hàng giả|hàng nhái|máy khác|hàng trôi nổi|bản|ngoài)', 'advice'),
('hay (là )?không nên (mua|chọn|đặt|đầu tư|xuống tiền)', 'asking whether to buy'),
('không nên (mua|chọn|đặt) (vội|ngoài|hàng trôi nổi|hàng giả|bản|hàng xách tay)', 'advice'),
('quay lại (xe|dùng xe|dùng|đi xe|thời|hãng|máy|với|sự)( [^ ]+)?', 'not back to the old one'),
('(chưa|không)( bao giờ| hề)? (phải )?khiếu nại', 'never had to complain'),
('(nếu|lỡ|nhỡ|khi|trường hợp|giả sử|lúc|ngộ nhỡ)( [^ ]+){0,4} (bị )?(lỗi|hỏng|hư|móp|vỡ|trầy|bể|rách|hết pin|chết máy|hết hạn|giao sai|giao thiếu|giao nhầm|rớt mạng)(\W|$)', 'if it should break'),
('(lỗi|hỏng|hư|đơ|treo|không [^ ]+( [^ ]+)? được|không (lên|vào|nhận|hoạt động|kết nối|sạc|chạy|mở)|sập nguồn|tự tắt|tụt pin|nóng máy|chết máy|giật|lag|mất kết nối|vỡ|nứt|bể|rớt mạng|hao pin).*(làm sao|làm thế nào|làm như nào|phải làm gì|xử lý (sao|thế nào|như nào|ra sao)|sửa (sao|ở đâu|thế nào|như nào|được không)|khắc phục (sao|thế nào|như nào|như thế nào|được không|kiểu gì)|cách (nào|sửa|khắc phục|xử lý|fix)|ai biết|chỉ (giúp|em|mình|với)|giúp (mình|em|tôi|với)|bảo hành (không|được|ở đâu|thế nào)|(có )?được (bảo hành|đổi|sửa|đổi trả)|thay ở đâu|tại sao|do đâu|nguyên nhân)', 'asking for help with a fault'),
('(báo|bị|hiện) (lỗi|đèn)( [^ ]+){0,4} (là|bị) (sao|gì|lỗi gì|làm sao)', 'asking for help with a fault'),
('(ai|có ai|bác nào|anh em nào|bạn nào|mọi người|máy ai)( [^ ]+){0,4} (bị|gặp|dính) (lỗi|tình trạng|hiện tượng|trường hợp)( [^ ]+){0,4}', 'does anybody else have this?'),
('(sửa|sửa chữa|khắc phục|xử lý|fix|cập nhật|vá) (được |các |hết |những |xong |một số |vài |nhiều )*lỗi', 'mending faults'),
('\bhư (nhau|vậy|thế|này|không|cấu|ảo|danh)', 'other words without marks'),
('biết (thế|vậy).*(mua|dùng|đặt|đi) (sớm|luôn|nhiều|từ lâu)', 'should have bought earlier'),
('(sửa|thay|bảo hành) .*(hỏng|hư|lỗi) .*(nhanh|nhiệt tình|miễn phí|hài lòng|ok|chu đáo)', 'mended well'),
('(chấp nhận|bỏ qua) được', 'acceptable'),
('\b(not|never|n''t|without|no|hardly|nor|neither|zero) (a |any |be |been |at all |ever |once |get |feel |really |one |have |had |an |the )*(disappoint\w*|regrets?|terrible|horrible|awful|overpriced|bugs?|crash(es|ed|ing)?|complaints?|issues?|problems?|damaged?|broken|scratch(es|ed)?|lags?|lagging|garbage|trash|junk|overheat\w*|useless|annoying|frustrat\w+|broke|waste|misleading|crap)( [^ ]+)?', '"never disappointed"'),
('\b(can''t|cannot|nothing to|no reason to|couldn''t) (really )?complain', 'nothing to complain of'),
('\b(don''t|do not|never) (buy|use|order|go) (anything|any other|anywhere|elsewhere|another|it yet|yet|in a hurry)', 'advice'),
('\b(how (do|can|to|should) (i|we|you)?|can (someone|anyone|you)|could (someone|anyone|you)|any(one|body)? (know|idea|tips)|please help|what (should|do) i do)( .*)?(fix|not working|doesn''t work|won''t (start|charge|turn|load|connect)|broken|error|crash(es|ing)|refund|stopped working)( [^ ]+){0,3}', 'asking for help'),
('\b(won''t (start|charge|turn on|load|connect|open)|not (working|charging|turning on|starting|connecting|loading)|doesn''t work|stopped working|broke|broken|damaged|faulty|defective|cracked|keeps (crashing|freezing|disconnecting)|error).*(how (do|can|to|should)|what (should|can|do)|any (ideas?|tips|help|fix|solution|advice)|anyone (know|else)|please help|can (someone|anyone|you) help|help please|under warranty|covered|where can i)( [^ ]+){0,3}', 'asking for help'),
('\bnot only\b( [^ ]+){0,3}', 'not only'),
('(có|liệu) ([^ ,]+ ){0,6}(tốt|bền|êm|mát|ổn|tiện|nhạy|sạch|lạnh) không', 'a question'),
('cách (khắc phục|sửa|xử lý|fix|giải quyết)( .*)?(lỗi|không [^ ]+( [^ ]+)?|hỏng|hư|đơ|treo|lag|tụt|hao|chai|nóng)', 'asking for help with a fault'),
('\b(có|còn|hay|bị|có bị|sợ) ([^ ,]+ ){0,4}(lỗi|hao|nóng|ồn|xóc|lag|giật|hư|hỏng|chai|tụt|yếu|chậm|kém|mờ|phai|xù|bong|tróc|lâu|xấu)( [^ ,]+){0,3} (không|ko)( ạ| shop| vậy| bạn| mọi người|$)', 'a question'),
('nếu (không|chẳng)( [^ ,]+){0,4}', 'if not'),
('(bao nhiêu|mấy)( [^ ,]+){0,3} (thì )?(hỏng|chai|hư|tụt|lỗi)', 'a question'),
('\b(stuck (in|with|between)|crash (test|course)|dead on|loose fit)', 'other uses'),
('tin (đồn|giả|vịt|thất thiệt)( .*)? sai sự thật|(là|toàn) sai sự thật', 'rumours'),
('(không|chẳng|chả) có (hư|hỏng|lỗi)|có (hư|hỏng|lỗi)( [^ ]+){0,2} (bao giờ|đâu)( [^ ]+)?', 'never broken'),
('(bị|để|dùng|pin|sạc) lâu( [^ ]+){0,4} không', 'a question'),
('(lỗi|hỏng|hư|yếu|chai|vỡ|nứt|lag|đơ|mòn|kẹt|rung|kêu|mất|không).* (thay|đổi|sửa|gọi|mang|liên hệ|bảo hành|xử lý|khắc phục) ([^ ]+ ){0,3}(ở đâu|chỗ nào|làm sao|sao ạ|thế nào|ai|như nào|kiểu gì) ?[^ ]*', 'asking for help with a fault'),
('(giờ|bây giờ|phải|thì) (làm )?sao( ạ| đây| shop| mọi người|$)|(lỗi|mất|không|hỏng|hư|đơ|treo)( .*)? (giờ|bây giờ) (làm )?sao', 'asking for help'),
('(sao|tại sao|vì sao) ([^ ]+ ){0,6}(không (lên|vào|sạc|kết nối|hiển thị|mở|bật|đăng nhập|chạy|nhận|cập nhật|xem|dùng|hoạt động)|bị (lỗi|đơ|tắt|giật|treo|nóng))( được| máy)?( [^ ]+){0,2}', 'asking for help'),
('(xe|máy|con|hãng|chỗ|shop|bên|quán|nơi|loại|điện thoại|đời) (kia|cũ)( [^ ,]+){0,4}', 'of another thing'),
('(chờ|đợi) mãi (mới|cũng|rồi) (tới|đến|ra|nhận|được|về)( [^ ]+){0,2}', 'waited for gladly'),
('lỗi (là )?(tại|của|do|ở) (mình|tôi|em|bản thân|người lái|tài xế)( .*)?|không phải (do |là )?lỗi( [^ ]+){0,4}', 'my own fault'),
('(chống|bài trừ|phân biệt|nhận biết|tránh|phòng|phát hiện|ngăn chặn) ([^ ]+ )?(hàng|đồ|sản phẩm|thuốc) (giả|nhái|fake|lậu|kém chất lượng)( [^ ]+)?', 'guarding against counterfeits'),
('nói không với (hàng|đồ|sản phẩm) (giả|nhái|fake|kém chất lượng)( [^ ]+)?', 'guarding against counterfeits')
) AS p(pattern, description);

-- LEAD: prices
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'LEAD', p.description, true FROM (VALUES
('\bgiá( .*)? bao\s*nhiêu', 'what does it cost?'),
('bao\s*nhiêu (tiền|đồng|vnd|(một|1|mỗi) (cái|con|chiếc|bộ|đôi|hộp|chai|suất|combo|xe|kg|thùng|ly|cây|túi|phần|vé|đêm|khóa))', 'what does it cost?'),
('\bbao (nhiêu )?tiền', 'what does it cost?'),
('(^|hết |mất |tầm |khoảng |cỡ |thì )bao nhiêu( vậy| ạ| thế| đấy| đó| nhỉ| hả| shop| ad| bạn| em| anh| chị| mọi người| ta)*$', 'what does it cost?'),
('bao nhiêu (vậy|ạ|thế|hả|nhỉ)? ?(shop|ad|admin|sốp)', 'what does it cost?'),
('\bnhiêu (tiền|shop|vậy shop|ạ|vậy ạ|một|1)', 'what does it cost?'),
('\b(mấy|nhiêu) (tiền|xiền|củ|triệu|lúa|đồng)( vậy| ạ| thế| shop| nhỉ| hả| bạn| ad|$)', 'what does it cost?'),
('\bgiá (xe |bán |sản phẩm |của |con |em |mẫu |bản |lăn bánh |hiện tại |hiện giờ |cả |cả hai |tầm |khoảng |cụ thể |niêm yết |sỉ |lẻ |này |tháng này |bây giờ )*([^ ]+ ){0,3}(sao|thế nào|nhiêu|mấy|như nào|như thế nào|ra sao|vậy|ạ|nhỉ|nhỉ shop)( shop| ad| bạn| em| ạ| nhỉ| vậy|$)', 'what does it cost?'),
('\b(xin|cho|cho hỏi|báo|check|biết|gửi|inbox|ib|rep|tư vấn|hỏi|xem|nhắn|tham khảo) (cho |giúp |em |mình |tôi |chị |anh |tớ |lại |luôn |cái |thử |bảng |chi tiết |xin |mọi người |shop |về |mức )*\bgiá(\W|$)', 'tell me the price'),
('(^|\W)(lấy|đặt|chốt|mua|order) (1|một|2|hai|3|ba|\d+) (em|bé|con|cái|chiếc|bộ|hộp|đôi|suất|combo|ly|xe|phần|set|chai|thùng)( [^ ]+){0,2} (nhé|nha|với|ạ|cho|shop)(\W|$)', 'orders'),
('\b(mở bán|bán|về|lên kệ|có hàng) chưa( shop| ạ| vậy| ad| bạn| nhỉ| mọi người)*$', 'when can it be bought?'),
('có bán( [^ ,]+){0,4} (không|ko)( shop| ạ| vậy| ad| bạn| nhỉ| mọi người)*$', 'in stock?'),
('^(giá|báo giá|bảng giá|xin giá)( với| đi| nhé| nha| shop| ạ| em| ad| sao| shop ơi)*$', 'the price?'),
('(lăn bánh|ra biển|ra đường).*(bao nhiêu|nhiêu|tầm|hết|mấy|không)(\W|$)', 'price on the road'),
('^(cho |mình |em |shop |xin )*hỏi( [^ ]+){1,6} bao nhiêu( vậy| ạ| thế| shop| ad| nhỉ)*$|^(bản|mẫu|con|chiếc|em|xe|cái|loại)( [^ ]+){1,5} (bao nhiêu|nhiêu)( vậy| ạ| thế| shop| ad| nhỉ)*$', 'what does it cost?'),
('\bcọc (trước )?bao nhiêu', 'how to order?'),
('bao lâu( nữa)?( [^ ]+){0,3} (mở bán|có hàng|về hàng|ra mắt|hàng về)', 'when can it be bought?'),
('(trả góp|trả trước|trả hàng tháng|mua góp|vay|lãi suất|lãi).*(bao nhiêu|thế nào|như nào|ra sao|được không|được ko|không( ạ| shop| ad|$)|cần (gì|những|giấy tờ)|thủ tục|mấy|sao shop|sao ạ)', 'instalments'),
('(hỗ trợ|có|được|mua|nhận) (vay|trả góp|góp)( [^ ]+){0,4} (không|ko)( ạ| shop| ad| vậy| bạn| anh| em|$)', 'instalments'),
('(thủ tục|hồ sơ|điều kiện) (để )?(mua|trả góp|vay mua|đặt cọc)', 'how to buy'),
('(có |được )?(giảm|bớt|fix|thương lượng|khuyến mãi|khuyến mại|ưu đãi|sale|freeship|free ship|voucher|quà)( [^ ]+){0,5} (không|ko|gì không|nhiêu|bao nhiêu)( ạ| shop| ad| vậy| bạn| nhỉ| em| anh| chị| nữa| mọi người|$)', 'a discount?'),
('(chương trình|khuyến mãi|ưu đãi) (gì|nào|ra sao|thế nào)( [^ ]+){0,3}(\W|$)', 'a discount?'),
('(đặt trước|đặt cọc|đặt mua|đặt hàng|đặt|cọc)( [^ ,]+){0,2} (bao lâu|khi nào|bao giờ)( [^ ]+)? (có|nhận|giao|lấy)', 'how to order?'),
('^(shop|ad|admin|bạn|em|anh|chị)?( ơi)? ?(xin |cho )?giá( ạ| với| đi| sao| vậy| nha| nhé)*( shop| ad| bạn| em| anh| chị| admin)?( ơi| ạ)?$', 'the price?'),
('(^|[ ,])(em |mình |anh |chị |tôi |shop )?(đặt|lấy|chốt|order) (\d+|một|hai|ba) (con|chiếc|cái|em|bé|bộ|hộp|đôi|suất|combo|ly|xe|phần|set|chai|thùng)( màu| bản| size| mẫu|$)', 'orders'),
('\b(em|mình|anh|chị|tôi) chốt( nhé| nha| luôn| ạ| đơn|$)', 'orders'),
('\bcọc( [^ ]+){0,3} (được không|thì|là được|bao nhiêu)', 'how to order?'),
('(^|\W)(mua|đặt|order|đặt mua|đặt hàng|mua hàng)( [^ ,]+){0,3} (online|qua mạng|trên web|trên app|trực tuyến|trả góp|từ xa)( [^ ,]+){0,2} (không|ko)(\W|$)', 'how to order?')
) AS p(pattern, description);

-- LEAD: places, stock, orders
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'LEAD', p.description, true FROM (VALUES
('(^|\W)(mua|bán|order|đặt mua|đặt hàng|kiếm mua|tìm mua|đặt|lấy)( [^ ]+){0,5} (ở\s*đâu|chỗ nào|nơi nào|shop nào|kênh nào|trang nào|web nào|đâu (vậy|ạ|thế|nhỉ|được|uy tín|shop|bạn|rẻ|chính hãng)|cửa hàng nào|đại lý nào|showroom nào|chi nhánh nào|đâu)(\W|$)', 'where to buy?'),
('(ở\s*đâu|chỗ nào|shop nào|cửa hàng nào|đại lý nào|nơi nào|bên nào|showroom nào|chi nhánh nào)( [^ ,]+){0,3} (bán|mua được|mua|có hàng|bán lại)(\W|$)', 'where to buy?'),
('(^| )(đâu|ai) (có )?(bán|pass lại|để lại|bán lại)(\W|$)', 'where to buy?'),
('(shop|cửa hàng|quán|bên mình|bên bạn)( mình| bạn| em)? (ở|nằm ở) (đâu|chỗ nào|quận nào|đường nào)', 'where is the shop?'),
('(địa chỉ|add) (shop|cửa hàng|mua|quán|ở đâu|chỗ nào|đâu|bán|của shop)', 'where is the shop?'),
('\b(còn|sẵn|có sẵn) (hàng|size|màu|xe|bản|mẫu|mã|suất|slot|phòng|vé|bán|sẵn|con này|em này|cái này)( [^ ]+){0,6} (không|ko|chưa|hả)( ạ| shop| ad| vậy| bạn| nhỉ| em| anh| chị|$)', 'in stock?'),
('\bcòn( hàng)? không( ạ| shop| ad| vậy| bạn| em|$)', 'in stock?'),
('\bcó (sẵn|hàng|màu|size|bán|ship|giao hàng|freeship|bản|mẫu|xe sẵn|trả góp|cho lái thử|nhận đặt|nhận cọc|nhận ship|thu xe cũ|thu cũ|đổi cũ|hỗ trợ trả góp|hỗ trợ vay|bớt|tặng|tặng kèm)( [^ ]+){0,7} (không|ko|chưa|hả)( ạ| shop| ad| vậy| bạn| nhỉ| em| anh| chị| mọi người|$)', 'do you have it?'),
('\b(bao giờ|khi nào|chừng nào|hôm nào|lúc nào|tháng mấy)( [^ ]+){0,3} (mở bán|về hàng|hàng về|có hàng|ra mắt|lên kệ|nhận cọc|nhận đặt|mở cọc|bán|có xe|về việt nam|về vn|bán ra|giao xe lô)', 'when can it be bought?'),
('(mở bán|ra mắt|nhận cọc|nhận đặt|về hàng|hàng về|có hàng)( [^ ]+){0,2} (chưa|khi nào|bao giờ|lúc nào)(\W|$)', 'when can it be bought?'),
('(ship|giao)( hàng)?( về| tới| đến| ra| vào| cho)?( [^ ]+){0,4} (không|ko|được không)( ạ| shop| ad| vậy| bạn| em|$)', 'do you deliver?'),
('(phí|tiền) ship( [^ ]+){0,3} (bao nhiêu|nhiêu|sao|thế nào)|\bship bao nhiêu', 'do you deliver?'),
('(đặt hàng|đặt mua|mua hàng|order|đặt cọc|đặt trước|đặt xe|mua|cọc) (thì |qua |trên )?(thế nào|như nào|bằng cách nào|làm sao|kiểu gì|ra sao|như thế nào|sao (ạ|vậy|shop))', 'how to order?'),
('cách (đặt hàng|đặt mua|mua hàng|mua|đặt cọc|order|đặt xe|đặt trước|cọc)(\W|$)', 'how to order?'),
('\bxin (cái |em |shop |ad |với |thêm |chi tiết )*(info|in4|thông tin|link|địa chỉ|catalog|bảng giá|menu|sđt|số điện thoại|zalo|liên hệ|giá|mẫu|tên sản phẩm|tên shop)(\W|$)', 'tell me more'),
('\b(cho|gửi) (mình|em|tôi|tớ|chị|anh) (xin )?(info|in4|thông tin|link|địa chỉ|catalog|bảng giá|menu|mẫu|xem mẫu|tên shop|tên sản phẩm)(\W|$)', 'tell me more'),
('\blink (mua|shop|đâu|với|ở đâu|sản phẩm|đi|ạ)(\W|$)|^(info|in4|link|price)( với| shop| ạ| đi| pls| please)*$', 'tell me more'),
('(có|còn) (cửa hàng|shop|chi nhánh|cơ sở)( nào)? ở( [^ ]+){1,4} không(.*)(mua|qua|xem)', 'where is the shop?'),
('tư vấn mua(\W|$)', 'wants advice'),
('(đặt cọc|đặt mua|đặt hàng|mua|đặt xe|order)( [^ ,]+){0,2} (kiểu gì|bằng cách nào|làm sao|như nào)( ạ| shop| vậy| nhỉ|$)', 'how to order?')
) AS p(pattern, description);

-- LEAD: wanting to buy
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'LEAD', p.description, true FROM (VALUES
('(muốn|định|cần|tìm|kiếm|tính|quyết định|quyết tâm|có ý định|có nhu cầu|dự định|dự tính|sắp|chuẩn bị|tích tiền|để dành tiền|gom tiền|tiết kiệm tiền|nhất định|chắc chắn) (sẽ |đi |tìm |phải |được |để )*(mua|đặt mua|đặt cọc|chốt|xuống tiền|lên đời|đổi sang|tậu|rước|múc|order|đặt hàng|đặt xe|sắm|hốt|mua lại|cọc)(\W|$)', 'wants to buy'),
('(muốn|định|cần|tính|sắp) lấy (xe|một|1|con|em này|cái|màu|bản|mẫu|2|hai)', 'wants to buy'),
('(^|\W)(cho|để|lấy|ship|gửi|đặt|chốt|order|giao|lên đơn) (cho |giúp )?(mình|em|tôi|anh|chị|tớ|nhà em) (đặt |mua |lấy |order )?(một|1|2|hai|3|ba|4|5|\d+|mấy|vài)? ?(cái|con|chiếc|bộ|đôi|hộp|chai|suất|combo|ly|áo|quần|xe|cây|thùng|kg|lốc|slot|vé|phòng|bàn|đơn|size|màu|phần|set|gói)', 'orders'),
('\b(chốt|múc|hốt|xúc|rước|tậu) (luôn|liền|đơn cho|cho mình|cho em|1|một|em này|con này|em nó)', 'orders'),
('(^|\W)đặt\s*(mua|cọc)(\W|$)', 'orders'),
('\b(mình|em|tôi|shop cho|cho mình|cho em) (muốn |xin |cần )*(đặt hàng|đặt bàn|đặt phòng|đặt trước|order)(\W|$)', 'orders'),
('(phải|sẽ|muốn|cần|định|chắc) mua\s*ngay', 'wants to buy at once'),
('^mua ngay|\bmua\s*ngay( và luôn| luôn| thôi| được không| một| 1| con| chiếc| em)', 'wants to buy at once'),
('\bnên (mua|chọn|lấy|chốt|đổi|lên đời|đặt)( [^ ,]+){0,4} (nào|gì|hay|không)( ạ| mọi người| vậy| nhỉ| các bác| anh em| shop| ta| bạn| cả nhà)*$', 'weighs whether to buy'),
('\bcó nên (mua|chọn|lấy|chốt|xuống tiền|đặt mua|đổi sang|lên đời)', 'weighs whether to buy'),
('(phân vân|lăn tăn|đắn đo|cân nhắc|băn khoăn) (giữa|nên|chọn|mua|không biết|việc mua)', 'weighs whether to buy'),
('(tầm giá|tầm tiền|ngân sách|tài chính|với|có|khoảng|tầm|dưới) ?(tầm |khoảng |dưới |chỉ có |cỡ )*\d+ ?(triệu|tr|củ|tỷ|tỏi|k)?( [^ ]+){0,4} (nên |thì nên |thì )?(mua|chọn|lấy) (xe|máy|con|gì|loại|mẫu|được|cái)?( [^ ]+){0,3} ?(nào|gì|được)', 'what to buy for this money?'),
('(lái thử|chạy thử|test\s*xe|xem xe|thử xe|trải nghiệm xe)( [^ ]+){0,4} (ở đâu|được không|không|với|ạ|khi nào|chỗ nào|thế nào)(\W|$)', 'test drive'),
('(đăng ký|muốn|cho|xin|hẹn|đặt lịch|cần|book|được) (mình |em |tôi |đi |đặt lịch |một |buổi |lịch |được |đăng ký |qua )*(lái thử|chạy thử|test\s*drive|xem xe|test xe|thử xe|xem nhà|xem phòng|xem hàng)', 'test drive'),
('\btest\s*drive', 'test drive'),
('\b(cần|xin|nhờ|muốn|mong) (được )?(shop |ad |mọi người |anh chị |các bác |em |bên mình |nhân viên |sale )?(gọi )?tư vấn', 'wants advice'),
('\btư vấn (giúp |thêm |hộ |cho |dùm |giùm )*(mình|em|tôi|anh|chị|tớ|với)( [^ ]+){0,6} (với|nhé|nha|ạ|đi)(\W|$)', 'wants advice'),
('^(shop |ad |admin |em ơi |shop ơi |bạn ơi )?tư vấn (giúp|cho|mình|em|tôi|thêm|về)|\btư vấn (với|đi|giúp|mình với|em với|giúp mình|giúp em)( ạ| shop|$)', 'wants advice'),
('\b(inbox|ib|nhắn|check inbox|check ib|check tin nhắn|rep inbox|rep ib|rep tin) (giá |thông tin )?(cho |giúp )?(mình|em|tôi|anh|chị|tớ|m)( [^ ]+){0,3}( với| nhé| nha| ạ| đi| shop|$)|\b(check|rep) (inbox|ib|tin nhắn)', 'a customer wants a message'),
('(quan tâm|hóng giá|hóng ngày|đang quan tâm|rất quan tâm) (mẫu|con|em|xe|sản phẩm|dòng|bản|đến mẫu|đến xe|tới|căn|gói|khóa)', 'interested'),
('\b(liên hệ|gọi|alo|báo)( lại)? (cho )?(mình|tôi|anh|chị) (nhé|nha|với|theo số|qua số|số|sớm)', 'a customer wants a call'),
('(^|\W)(để|pass|nhượng|bán) lại (cho )?(mình|em|tôi|tớ)( |$)', 'wants to buy')
) AS p(pattern, description);

-- LEAD: English
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'LEAD', p.description, true FROM (VALUES
('\bhow much (is|are|does|do|for|would|will|to|did|''s|s|it is|money)\b', 'what does it cost?'),
('^(so |hi |hello |hey )?how much( \w+){0,3}$', 'what does it cost?'),
('\b(what|whats|what''s|what is|what are) (\w+ ){0,2}(price|prices|cost|costs|price range|pricing)\b', 'what does it cost?'),
('\b(price|pricing|cost) (please|pls|list|of this|for this|of the|for the|range|in)\b|^(the )?prices?( please| pls| details)?$', 'what does it cost?'),
('^(the |hi |hello )*(price|cost) (for|of|on)\b|\b(get|have) (this|it|one|these) (delivered|shipped|sent)\b', 'what does it cost?'),
('\b(send|give|tell|dm|message|inbox|pm) (me )?(the |more |your |a )?(price|prices|details|info|information|quote|catalog(ue)?|link)\b', 'tell me more'),
('\bwhere (can|could|do|to|should|did) (i |we |you |one |u )?(buy|get|purchase|order|find (it|this|one|them|these)|pre-?order)', 'where to buy?'),
('\b(who|anyone|anybody|which (store|shop|site)) (sells?|selling|has|have) (this|it|one|these|them)\b', 'where to buy?'),
('\b(want|wants|wanna|would like|i''d like|i''d love|we''d like|would love|looking|love|need|going|planning|plan|intend|ready|thinking|interested|hoping|considering|about) (to |in |of |on |about )?(buy|buying|order|ordering|purchase|purchasing|pre-?order|pre-?ordering|get one|getting one|get this|getting this|own one|upgrade to|upgrading to|switch to|switching to|trade in)\b', 'wants to buy'),
('\b(in the market|looking|shopping|searching|saving( up)?) for (a |an |one|this|the|my (next|first)|new)\b', 'wants to buy'),
('\b(interested|very interested|i''m interested|im interested)( in (this|it|the|one|your|buying))?$|\binterested in (this|it|the|one|your|buying|a|getting|purchasing)\b', 'interested'),
('\b(is|are) (it|this|they|these|that|the \w+|those|there any) (still |currently |now )?(available|in stock|for sale|on sale|left|in store)\b|\b(still available|in stock|back in stock)\b', 'in stock?'),
('\b(do|does|can|could|will|would) (you|u|they|it|this) (guys |also |still |even )?(ship|deliver|sell|stock|restock|have (this|it|any|these|a) |offer|accept|take (paypal|card|trade|orders)|hold)', 'do you deliver?'),
('\b(can|could|may|how (can|do|could|would|to)) (i |we )?(still )?(buy|order|purchase|pre-?order|reserve|book|get (one|this|a quote|a discount|the price)|pay (in|by|with)|place an order|sign up for)', 'how to order?'),
('\b(any|is there( a| any)?|got|have) (\w+ )?(discounts?|deals?|promos?|promotions?|coupons?|offers?|financing|instal?ments?|trade-?in)\b', 'a discount?'),
('\b(monthly payments?|down payment|instal?ment plan|financing options|lease (price|deal)|request a quote|get a quote|quote for|need a quote)\b', 'instalments'),
('\b(take my money|put me down for|i''ll take (one|two|it|this|both|\d)|i will take (one|it)|sign me up|count me in for|i need this in my life|must buy)\b', 'orders'),
('\bwhen (will|is|does|do|are|can) (it|this|they|these|the \w+|we|i|you) (\w+ ){0,3}(available|on sale|released?|come out|launch(es|ing|ed)?|restock(ed|ing)?|in stock|buy|order|in stores)\b', 'when can it be bought?'),
('\b(should i|worth|thinking (of|about)|can''t decide (between|whether)) (buy|get|buying|getting|upgrade|upgrading|i buy|i get) (one|it|this|the|a|an|now|or)?\b', 'weighs whether to buy'),
('\bshould (i|we) (buy|get|order|go for|upgrade|switch|pick)\b', 'weighs whether to buy'),
('\bhow much$|\bi''m interested|\bim interested|^interested', 'what does it cost?')
) AS p(pattern, description);

-- What is no LEAD
INSERT INTO analytics.intent_patterns (pattern, intent, exception, description, builtin)
SELECT p.pattern, 'LEAD', true, p.description, true FROM (VALUES
('(bao nhiêu|thế nào|ra sao|sao) (cũng|đi nữa|đi chăng|thì cũng|thì kệ|không quan trọng)( [^ ]+){0,3}', 'whatever the price'),
('bao nhiêu( [^ ]+){0,2} cũng( [^ ]+){0,3}', 'whatever the price'),
('đâu (có )?bán (đắt|mắc|rẻ|chạy|chứ|cao|giá)', 'sells dear'),
('(dù|bất kể|cho dù|mặc kệ|kệ|dù cho) ([^ ]+ ){0,3}(giá|bao nhiêu)( [^ ]+){0,3}', 'whatever the price'),
('(đánh|vô|trị|định|thẩm định|lời|nhận xét|giảm|bình ổn|tăng|đội|hạ|trượt|ép|phá) giá( .*)? (bao nhiêu|thế nào|sao|như nào|ra sao)(\W|$)', 'rating'),
('(đánh|định|thẩm định|vô|trị|phá|đại hạ) giá(\W|$)', 'rating'),
('(ở )?đâu cũng( [^ ]+){0,3}', 'everywhere'),
('(bảo hành|sửa|sửa chữa|sạc|đổi|đổi trả|trả|bảo dưỡng|khiếu nại|thay|thay pin|rửa|đăng kiểm|cài|update|cập nhật|lắp|lắp đặt|đỗ|gửi)( [^ ]+){0,4} (ở đâu|chỗ nào|thế nào|đâu|như nào|làm sao|bao nhiêu lâu)(\W|$)', 'asking for service'),
('(đã|vừa|mới|từng|lỡ|hôm qua|hôm nay|năm ngoái) (đi )?(đặt|mua|chốt|order|lấy|cọc|hốt|múc|xúc|tậu|rước|sắm|lái thử|chạy thử|xem xe)( mua| cọc| hàng| trước| được| luôn| liền| ngay)*', 'has bought'),
('(^|\W)(đặt|mua|cọc|lấy|order|đặt cọc|đặt mua|chốt|rước|tậu)( [^ ]+){0,3} (rồi|về|xong|hôm qua|tháng trước|năm ngoái|tuần trước|lần (thứ )?(2|hai|3|ba))(\W|$)', 'has bought'),
('(tiền|số tiền|lấy lại|hoàn|trả lại|đòi|rút|mất|bỏ|hủy) (tiền )?(đặt )?cọc', 'deposits that are gone'),
('(không|chưa|chẳng|chả|hết|đừng|đéo|khỏi) (có |hề |ai |còn |thèm |dám |bao giờ )*(muốn|định|cần|có ý định|có nhu cầu|tính|phải|quan tâm)( tới| đến)? (mua|đặt|chốt|tư vấn|lấy|đổi|lên đời|sắm)( mua| cọc| hàng| sang)?', 'does not want to buy'),
('(ai|bạn nào|anh em|anh em nào|mọi người|bác nào|các bác|người|những ai|các bạn|nhà nào|khách|dân|nhiều người|người ta|chị em|mẹ nào) (đang |mà |có |nào |cũng |đều |đã |thật sự )*(muốn|định|cần|tính|có ý định|có nhu cầu|sắp|phân vân|dự định|lăn tăn|quan tâm) (mua|đặt|chốt|sắm|tậu|đổi|rước|việc|nên|giữa|mẫu|xe)( mua| cọc| sang)?', 'what others want'),
('(địa chỉ|sđt|số điện thoại|liên hệ|thông tin|số) (trung tâm|trạm|bảo hành|xưởng|hotline|tổng đài|showroom|cứu hộ|kỹ thuật|về bảo hành)( [^ ]+){0,3}', 'asking for service'),
('(xin|cho|gửi)( [^ ]+){0,2} (địa chỉ|sđt|số điện thoại|thông tin|số) (trung tâm|trạm|bảo hành|xưởng|hotline|tổng đài|showroom|cứu hộ|kỹ thuật)( [^ ]+){0,3}', 'asking for service'),
('hỏi giá (nhiều|mấy|khắp|vài|rồi|các|xong|cho vui)', 'has asked'),
('nhân viên( [^ ]+){0,3} tư vấn( [^ ]+){0,8}', 'was advised'),
('(được|đã|bạn|shop|em|nhân viên|sale|chị|anh) tư vấn( [^ ]+){0,4} (nhiệt tình|tận tình|kỹ|chu đáo|tốt|dễ thương|nhanh|rất|tận tâm|chi tiết|nhiệt|cẩn thận)', 'was advised'),
('(mua|đặt|lấy) ở đâu (mà |ra )?(cũng|chả|chẳng|không quan trọng)', 'anywhere'),
('không biết (mua )?ở đâu ra', 'rhetorical'),
('\bhow much (i|we|you|he|she|they|fun|better|it means|love|more|time|of|people|this (means|has|helped|sucks))( [^ ]+){0,2}', 'an exclamation'),
('\b(price|cost) (is|was|went|has|drop|hike|increase|dropped|tag)', 'speaks of the price'),
('\b(already|just|finally|recently|i''ve|have|had) (bought|ordered|purchased|got|received|test driven)( [^ ]+)?', 'has bought'),
('\b(not|no longer|isn''t|never|wasn''t|aren''t|don''t|didn''t|won''t|wouldn''t) (really |even |be |at all |currently |very )*(interested|looking|want|wanna|going|planning|buying|thinking|need|considering)( to| in| for| of)?( buy| buying| get| getting| purchase| order| [^ ]+){0,2}', 'does not want to buy'),
('(đã|vừa|mới|từng|hôm qua|được|hôm nay|buổi|sau khi) (đi |được |cho |có |ra )*(test\s*drive|test xe|lái thử)', 'has driven'),
('(showroom|đại lý|trung tâm|trạm|xưởng|gara|văn phòng)( [^ ]+){0,3} địa chỉ( [^ ]+){0,4}', 'asking for service')
) AS p(pattern, description);

-- SUPPORT
INSERT INTO analytics.intent_patterns (pattern, intent, description, builtin)
SELECT p.pattern, 'SUPPORT', p.description, true FROM (VALUES
('\bcách (nào )?(để )?(sạc|sử\s*dụng|dùng|cài|cài đặt|kết nối|reset|khởi động|đổi|sửa|khắc phục|vệ sinh|bảo quản|tắt|mở|bật|kiểm tra|cập nhật|nạp|lắp|lắp đặt|tháo|chỉnh|xử lý|kích hoạt|đăng ký|đăng nhập|lấy lại|hủy|thay|xóa|update|liên kết|bảo dưỡng|fix|khôi phục|đồng bộ|chuyển|hoàn|trả hàng|đổi trả|làm|pha|giặt)', 'how to'),
('cách nào( để)?(\W|$)', 'how to'),
('\b(làm|phải làm) (sao|thế nào|cách nào|như nào|như thế nào|gì) (để|mà|thì|bây giờ|đây|ạ|vậy|giờ|nhỉ|shop|mọi người|khi|với|cho|tắt|mở|kết nối|cài|sạc)', 'how to'),
('\b(làm sao|làm thế nào|phải làm gì|phải làm sao|xử lý sao|sửa sao|khắc phục sao)( [^ ]+){0,3}$', 'how to'),
('(sạc|cài đặt|cài|sử dụng|dùng|kết nối|lắp|lắp đặt|đổi trả|đổi|hoàn tiền|trả hàng|kích hoạt|đăng ký|đăng nhập|cập nhật|vệ sinh|khởi động|chỉnh|bật|tắt|bảo quản|giặt|nâng cấp|khôi phục|kiểm tra|tra cứu|thay|sửa|khắc phục|xử lý|mở)( [^ ]+){0,4} (thế nào|như nào|như thế nào|làm sao|bằng cách nào|kiểu gì|ra sao|sao (ạ|vậy|shop|nhỉ|mọi người|cho|để|mới))(\W|$)', 'how to'),
('hướng\s*dẫn( [^ ]+)? (giúp|hộ|dùm|giùm|cho|mình|em|tôi|anh|chị|cách|với|sử dụng|sạc|cài|kết nối|lắp|ở đâu|không|sửa|đổi|thay)', 'instructions'),
('(cần|xin|nhờ|muốn|mong|có|tìm|cho xin|gửi|đọc) (được |sách |file |video |tài liệu |bản |shop |ad |ai )*hướng\s*dẫn', 'instructions'),
('^hướng\s*dẫn', 'instructions'),
('bảo\s*hành.*(ở\s*đâu|bao lâu|bao nhiêu|mấy (năm|tháng|km|ngày|lần)|thế nào|như nào|như thế nào|ra sao|chỗ nào|gồm những gì)(\W|$)', 'warranty'),
('bảo\s*hành.*(mấy|những gì|không|chưa|sao)( ạ| shop| vậy| thế| nhỉ| ad| bạn| mọi người| anh| em|$)', 'warranty'),
('(trung\s*tâm|trạm|địa chỉ|điểm|chính sách|thời hạn|thời gian|phiếu|thẻ|nơi|quy trình|chế độ|hạn|gói|chi nhánh|hãng|xưởng) bảo\s*hành.*(đâu|nào|thế nào|như nào|ra sao|bao lâu|không|mấy|gì|sao|gần|với|ạ|xin)(\W|$)', 'warranty'),
('(đi|mang|gửi|cần|xin|đem|làm|muốn|được|còn|kích hoạt|tra|check|kiểm tra|đăng ký) (xe |máy |đi |ra |hàng |hạn |thời hạn )*bảo\s*hành.*(đâu|nào|thế nào|như nào|sao|bao lâu|không|ạ|với|gì|chưa|giúp)(\W|$)', 'warranty'),
('(muốn|cần|xin|nhờ|đăng ký) (đi )?(bảo hành|bảo dưỡng|sửa chữa|đổi trả|cứu hộ|đổi hàng|trả hàng)(\W|$)', 'wants service'),
('(sửa|sửa\s*chữa|bảo dưỡng|bảo trì|thay|thay pin|thay màn hình|vệ sinh|đăng kiểm|cứu hộ|sạc|đổi trả|đổi hàng|trả hàng|khiếu nại|nạp|kiểm tra|độ|lắp|rửa xe|đỗ xe|gửi xe|mượn|cài)( [^ ]+){0,5} (ở\s*đâu|chỗ nào|bao lâu|bao giờ|khi nào|nơi nào|đâu (vậy|ạ|thế|nhỉ|được|uy tín|tốt)|mấy (ngày|lần|km|tháng|tiếng))(\W|$)', 'where to get service'),
('(ở\s*đâu|chỗ nào|nơi nào|gara nào|tiệm nào|xưởng nào|trạm nào)( [^ ]+){0,3} (sửa|sửa chữa|bảo dưỡng|bảo hành|thay|sạc|cứu hộ|nhận bảo hành|cài|có trạm sạc|có trụ sạc)(\W|$)', 'where to get service'),
('(showroom|đại\s*lý|trung tâm|trạm\s*sạc|trụ sạc|chi nhánh|xưởng|xưởng dịch vụ|cửa hàng|văn phòng|bưu cục|cây atm)( [^ ]+){0,6} (ở\s*đâu|gần nhất|gần đây|chỗ nào|địa chỉ|mấy giờ|đường nào|quận nào|đâu|không|nào)( ạ| shop| vậy| thế| nhỉ| ad| bạn| mọi người|$)', 'where is the next one?'),
('\b(tìm|kiếm|chỉ|cho hỏi|xin|hỏi|cần) ([^ ]+ ){0,4}(showroom|đại\s*lý|trạm\s*sạc|trụ sạc|trung tâm (bảo hành|dịch vụ)|xưởng|cứu hộ|hotline|tổng đài|số cskh)(\W|$)', 'where is the next one?'),
('\bcó (showroom|đại\s*lý|trạm\s*sạc|trụ sạc|trung tâm bảo hành|xưởng dịch vụ|chi nhánh|hotline|tổng đài)( [^ ]+){0,6} (không|ko|chưa|nào)( ạ| shop| vậy| nhỉ| mọi người|$)', 'where is the next one?'),
('\b(gọi|liên hệ|nhắn|bấm) (vào |đến |tới |cho )?(số|đâu|ai|bộ phận) (nào|mấy|gì|đâu)(\W|$)|\b(gọi|liên hệ) (ai|đâu|chỗ nào)( để| thì| vậy| ạ|$)', 'whom to call?'),
('(hotline|tổng đài|số (điện thoại )?(hotline|tổng đài|chăm sóc|cskh|bảo hành|kỹ thuật|cứu hộ))( [^ ]+){0,4} (số mấy|là gì|bao nhiêu|nào|là số|đâu|số gì|số nào)(\W|$)', 'hotline'),
('(lịch|mốc|gói|thời gian|chu kỳ) (bảo dưỡng|bảo trì|thay dầu)', 'maintenance'),
('\bbao lâu (thì |phải |nên |mới |một lần |1 lần )*(bảo dưỡng|thay|sạc|được|có|nhận|giao|xong|về|đầy|cập nhật|rửa|vệ sinh)', 'how long?'),
('(khi nào|bao giờ|bao lâu|chừng nào)( [^ ]+){0,4} (giao|nhận được|cập nhật|có (bản )?(cập nhật|update)|xong|hoàn tiền|về tới|tới nơi|nhận hàng|có hàng|ship|sửa xong|mở cửa)(\W|$)', 'when?'),
('(đơn hàng|đơn|mã vận đơn|bưu kiện|kiện hàng|hàng)( [^ ]+){0,4} (tới đâu|đến đâu|đi đâu|ở đâu|đang ở|thế nào rồi|sao rồi|giao chưa|gửi chưa|đi chưa)', 'where is my order?'),
('(kiểm tra|check|tra cứu|tra|xem) (giúp|hộ|dùm|giùm|cho)( [^ ]+){0,4} (đơn hàng|đơn|mã vận đơn|vận đơn|tình trạng|tài khoản|bảo hành)', 'where is my order?'),
('(quên|đổi|lấy lại|khôi phục|reset|cấp lại) (mật khẩu|pass|password|mã pin|tài khoản|mã otp)', 'password'),
('không biết (cách|dùng|sử dụng|cài|làm|bật|tắt|chỉnh|sạc|kết nối|phải làm|mở|sửa)', 'does not know how'),
('\b(ai|anh em|bác nào|mọi người|ad|admin|bạn nào|có ai|cao nhân|các bác|anh chị)( [^ ]+){0,4} (biết|chỉ|giúp|giải đáp|hỗ trợ|bày)( [^ ]+){0,3} (cách|mình|em|tôi|với|giùm|dùm|hộ|giúp)(\W|$)', 'asks for help'),
('\b(nhờ|cần|xin|mong|làm ơn|xin được|muốn) (được )?(mọi người |shop |ad |anh chị |các bác |admin |hãng |kỹ thuật |ai đó |bên mình |cả nhà )?(giúp đỡ|giúp|hỗ trợ|trợ giúp|giải đáp|support|chỉ giúp|tháo gỡ|chỉ cách)(\W|$)', 'asks for help'),
('\b(hỗ trợ|giúp|chỉ|giải đáp|kiểm tra) (giúp |cho |dùm |giùm |hộ )*(mình|em|tôi|tớ|anh|chị) (với|nhé|ạ|cái|đi|kiểm tra|đổi|hủy|cách|lấy|xử lý|vụ|vấn đề|trường hợp)', 'asks for help'),
('(lỗi|hỏng|hư|đơ|treo|sập nguồn|tụt pin|nóng máy|chết máy|mất kết nối|không [^ ]+( [^ ]+)? được|không (lên|vào|nhận|hoạt động|kết nối|sạc|chạy|mở)|vỡ|nứt|hao pin|giật|lag|tự tắt)( .*)? (làm sao|làm thế nào|phải làm gì|xử lý|sửa|khắc phục|cách nào|ai biết|chỉ giúp|giúp (mình|em|tôi)|có được|có sửa|tại sao|nguyên nhân|do đâu|bảo hành)', 'help with a fault'),
('\b(ai|có ai|bác nào|anh em nào|bạn nào|máy ai)( [^ ]+){0,4} (bị|gặp|dính) (lỗi|tình trạng|hiện tượng|trường hợp)', 'does anybody else have this?'),
('(có|được) (đổi|trả|đổi trả|hoàn|bảo hành|sửa|nâng cấp|cập nhật|kết nối|hỗ trợ|dùng|sạc|cài|thay (pin|màn|linh kiện|lốp|dầu|phụ tùng|ruột|vỏ)|tương thích|chỉnh|dùng chung|hoàn tiền|xuất hóa đơn)( [^ ]+){0,6} (không|ko|được không)( shop| ad| ạ| vậy| bạn| nhỉ| mọi người| thế| hả|$)', 'can it?'),
('(là |bị )(sao|gì|lỗi gì|làm sao)( vậy| ạ| thế| nhỉ| mọi người| shop| các bác| anh em| ad| đây)+$', 'what is wrong?'),
('(chính sách|quy định|điều kiện|thủ tục) (đổi trả|bảo hành|hoàn tiền|hoàn trả|đổi hàng|trả hàng|bảo dưỡng)( [^ ]+){0,3} (thế nào|như nào|ra sao|là gì|sao|không|gì|bao lâu)(\W|$)', 'policies'),
('(cho|xin) (mình |em |tôi |anh |chị |shop )?hỏi (về |là |chút |cách |xíu )*(cách|bảo hành|bảo dưỡng|sạc|lỗi|cài|sửa|đổi|cập nhật|kết nối|làm sao|thủ tục|đơn hàng|showroom|trạm)', 'a question'),
('\b(how (do|can|to|should|would|could) (i|we|you|one)? ?(\w+ )?(use|set ?up|install|charge|reset|fix|repair|connect|pair|update|upgrade|change|cancel|return|exchange|turn|activate|register|claim|clean|replace|track|contact|reach|get (help|support|a refund|it (fixed|repaired|to work))|log ?in|sign in|recover|remove|disable|enable|restart|sync|access|find|make|unlock|open|configure|transfer|delete|download|switch))\b', 'how to'),
('\bhow to \w+', 'how to'),
('\b(need|needs|please|pls|can (someone|anyone|somebody|you)|could (someone|anyone|you)|want some|require|looking for) (please |some |your |to )?(help|assist(ance)?|support|guidance|advise|tech support)\b', 'asks for help'),
('\b(any(one|body) (know|knows|else (having|have|getting|experiencing))|does anyone (know|have)|any (tips|ideas?|advice|suggestions|solution|workaround|fix))\b', 'asks for help'),
('\bwhere (is|are|can i find|do i find|''s) (\w+ ){0,4}(service cent(er|re)|showroom|dealer(ship)?|charging station|chargers?|manual|warranty|setting|settings|button|support|repair|nearest \w+|customer service|serial number)\b', 'where is?'),
('\bwhere (can|do|should|could) (i|we) (\w+ ){0,2}(charge|repair|service|fix|return|get (it|this|my \w+) (fixed|repaired|serviced|replaced)|take it|download|report|find)\b', 'where to get service'),
('\b(warranty|guarantee) (\w+ ){0,3}(cover|covers|covered|last|lasts|period|claim|valid|expire|expired|work|information|policy|void)\b|\b(under|still in|out of|extended) warranty\b|\b(covered (by|under)|what (is|does)|is (it|this)|does) (\w+ )?(the |a |under )?warranty\b|\bwhat (is|''s|does) the (warranty|return policy|refund policy)\b|\bhow long (is|does|will|do) (the|it|my|they|this)\b', 'warranty'),
('\b(forgot|reset|recover|change|lost) (my |the |a )?(password|pin|account|login)\b|\b(can''t|cannot|unable to|couldn''t) (log ?in|sign in|connect|find (the|my|a|where)|access|figure out|set ?up|pair|update|install)\b', 'stuck'),
('\b(what should i do|what do i do|what (does|do) (\w+ ){1,6}mean|error code|is there (a|an|any) (\w+ )?(manual|guide|tutorial|fix|way to))\b', 'stuck'),
('\b(can|could) i (still )?(return|exchange|cancel|change|track|charge|use (it|this)|get (it|this|my \w+) (fixed|repaired|replaced|exchanged))\b', 'can I?'),
('\b(where is my (order|package|parcel|delivery)|track(ing)? (my )?(order|package|number)|order status|status of my order|when will (my|i) (order|package|get my|receive)\w*)\b', 'where is my order?'),
('(bảo dưỡng|bảo trì|thay|thay dầu|thay lốp|thay pin|đảo lốp)( [^ ]+){0,5} (bao nhiêu|mấy) (km|tháng|năm|lần|ngày|tiếng)', 'maintenance'),
('(ai|có ai|bác nào|anh em|mọi người|anh chị|bạn nào)( [^ ]+){0,3} biết( [^ ]+){0,2} (sửa|cách|khắc phục|chỗ sửa|xử lý|reset|cài|tắt|bật|lỗi|chỉnh|vì sao|tại sao|làm sao)', 'asks for help'),
('(có được|được) (đổi|trả|đổi trả|hoàn)( [^ ]+){0,6} không', 'can it?'),
('(số|sđt|hotline)? ?(tổng đài|hotline|cskh|chăm sóc khách hàng)( [^ ]+){0,5} (bao nhiêu|số mấy|số nào|là gì|gì)', 'hotline'),
('\b(mất|hỏng|rơi|quên|hết hạn|hết)( [^ ]+){1,3} (thì )?(làm lại|làm|thay|cấp lại|đi đâu|mua)( [^ ]+){0,3} (ở đâu|thế nào|sao|như nào|kiểu gì|được không)', 'what to do about a loss'),
('(đại lý|showroom|cửa hàng|chi nhánh|trạm sạc|trung tâm|gara|chỗ|nơi|xưởng) nào( [^ ]+){0,3} (gần|tốt|uy tín|ở|tại|mở|nhận|sửa|bảo hành)', 'which is the next one?'),
('(hỏi|xin|tìm|cần|biết|kiếm)( [^ ]+){0,2} (chỗ|nơi|địa chỉ|tiệm|gara|thợ|xưởng) (sửa|sửa chữa|bảo dưỡng|bảo hành|sạc|thay|cứu hộ|rửa|độ)', 'where to get service'),
('\b(có|thì có) (sao|hại|ảnh hưởng|vấn đề|bị gì|nguy hiểm)( [^ ]+){0,4} không', 'does it harm?'),
('\b(có|cần) (cần|phải|nên) ([^ ]+ ){0,7}(không|ko)( ạ| shop| vậy| bạn| mọi người| nhỉ| các bác|$)', 'must one?'),
('(cần|mang|chuẩn bị)( theo)? (giấy tờ|những)? ?gì( [^ ]+){0,4} (bảo hành|bảo dưỡng|đổi|sửa|đăng kiểm|làm)', 'what to bring?'),
('(bảo\s*hành|sửa chữa|kỹ thuật|cứu hộ|hotline)( [^ ]+){0,2} (số|chỗ|nơi|ai|bên) (nào|mấy)', 'whom to call?'),
('(đèn|biểu tượng|ký hiệu|nút|thông báo|lỗi|icon|mã)( [^ ]+){0,4} (là|nghĩa|có nghĩa|để|báo)( [^ ]+)? (gì|sao)', 'what does it mean?'),
('\bbh (ở đâu|mấy|bao lâu|thế nào|sao|chỗ nào|được không)', 'warranty, shortened'),
('(sao|tại sao|vì sao) ([^ ]+ ){0,6}(không (lên|vào|sạc|kết nối|hiển thị|mở|bật|đăng nhập|chạy|nhận|cập nhật|xem|dùng|hoạt động)|bị (lỗi|đơ|tắt|giật|treo|nóng))', 'why does it not work?'),
('(giờ|bây giờ) (phải )?(làm )?sao( ạ| đây| shop| mọi người|$)', 'what now?'),
('\b(nên|phải|cần) (sạc|thay|bảo dưỡng|vệ sinh|rửa|cài|nâng cấp|cập nhật|bơm)( [^ ]+){0,5} (nào|bao nhiêu|mấy|gì|bao lâu|thế nào|không|hay)', 'how to use'),
('(^|\W)(thay|dùng|lắp|đổ|bơm|sạc)( [^ ]+){0,3} (loại nào|hãng nào|hiệu nào|cỡ nào|loại gì|hãng gì|bao nhiêu) ([^ ]+ ){0,3}(phù hợp|hợp|tốt|được|ổn|đúng|ạ|vậy)(\W|$)', 'which to use'),
('(đổi|trả|hoàn|hủy|bảo hành|sửa|kết nối|cập nhật|cài|nâng cấp|sạc|tắt|chỉnh)( [^ ,]+){0,4} được (không|ko|hông)(\W|$)', 'can it?'),
('có (tự|thể|tự động|phải) ([^ ,]+ ){0,2}(cập nhật|sạc|kết nối|cài|sửa|đổi|trả|thay|dùng|bơm|nâng cấp|tắt|bật|bảo dưỡng)( [^ ,]+){0,7} không(\W|$)', 'can it?'),
('\bis there (a|an|any) (\w+ ){0,3}(charging|charger|service cent\w+|showroom|dealer\w*|repair|support)', 'where is the next one?'),
('(hỏi|tìm|biết|xin)( [^ ]+){0,2} (trung tâm|tiệm|gara|xưởng|chỗ) (sửa|sửa chữa|bảo dưỡng|dịch vụ|kỹ thuật|bảo hành)(\W|$)', 'where to get service'),
('(^|\W)(sạc|lắp|cài|dùng|sử dụng|đổi|sửa|thay)( [^ ]+){0,4} cần ([^ ]+ )?(gì|những gì)( [^ ]+)?$', 'what is needed?'),
('^(cho hỏi |hỏi |tìm )?(trạm\s*sạc|trụ sạc|showroom|đại\s*lý|trung tâm bảo hành|xưởng dịch vụ|cây sạc)( [^ ]+){0,4} (gần|gần đây|gần nhất|gần đây nhất)( [^ ]+){0,2}$', 'where is the next one?'),
('cần (lưu ý|chú ý|biết|chuẩn bị) ([^ ]+ )?(gì|những gì|điều gì)(\W|$)', 'how to')
) AS p(pattern, description);

INSERT INTO analytics.intent_patterns (pattern, intent, exception, description, builtin)
SELECT p.pattern, 'SUPPORT', true, p.description, true FROM (VALUES
('cách (sử dụng|dùng|sạc|cài đặt|lắp|lắp đặt|kết nối|làm|pha)( [^ ]+){0,3} (đơn giản|dễ|dễ dàng|rất dễ|tiện|nhanh|khá|thuận tiện|gọn)(\W|$)', 'praise'),
('(không|khỏi|chưa|chẳng|chả) (cần|phải|đi|bao giờ phải|phải đi) (đi )?(bảo hành|bảo dưỡng|sửa chữa|sửa)( .*)?', 'no need'),
('cách (xử lý|giải quyết|làm|phục vụ|hành xử|ứng xử|làm việc) (của|này|như|kiểu|rất|quá|chuyên)', 'how it was handled'),
('cách (làm|dùng) (việc|người|ăn|marketing|truyền thông|thương hiệu|này)', 'ways of working'),
('hướng dẫn( [^ ]+){0,6} (nhiệt tình|tận tình|chi tiết|cẩn thận|rất|tận tâm|rõ ràng|dễ hiểu|chu đáo|kỹ|đầy đủ|tỉ mỉ|dễ thương)', 'praise'),
('bảo\s*hành( [^ ]+){0,6} (rất )?(tốt|nhanh|nhanh chóng|nhiệt tình|chu đáo|tuyệt|ok|uy tín|ngon|yên tâm|hài lòng|dài|chất lượng|tuyệt vời)', 'praise'),
('(showroom|đại lý|trung tâm|trạm sạc|cửa hàng)( [^ ]+){0,4} (đẹp|rộng|to|sang|nhiều|khắp|dày|hiện đại|nhiệt tình|sạch|lớn)(\W|$)', 'praise'),
('(ở )?đâu cũng( [^ ]+){0,4}', 'everywhere'),
('(không|chẳng|chả) (cần|phải) (làm (gì|sao)|hướng dẫn|biết)( [^ ]+)?', 'no need'),
('nào cũng( [^ ]+){0,2}', 'each of them'),
('\bhow to (win|love|live|be|become|do (it|business)|treat|make (a|an|me|it) (smile|happy|better)|run a)\b( [^ ]+)?', 'no question'),
('\b(i |we |he |she |they |staff |guy |who )(really |all |even |just )*(learn(ed|t)?|know|knows|knew|showed|shows|explained|taught) (me |you |us )?how to \w+', 'no question'),
('\b(was|were|is|are|very|so|always|really|thanks for( the| your)?|great|excellent|amazing|good|awesome|fast) (a )?(helpful|help|support|assistance)( [^ ]+)?', 'praise'),
('(chẳng|chả|không) ra (sao|gì)|(chẳng|chả|không) biết (làm )?sao mà', 'displeased, not asking')
) AS p(pattern, description);
