/*-------------------------------------------------------------------------
 *
 * words.c
 *	  Vietnamese text for generated posts: praise, complaints, questions,
 *	  advertising and small talk, with slang, missing accents and emoji in the
 *	  shares that make every rule of the analysis find something now and then.
 *
 * Sentences are ready for the inside of a JSON string: escapes are written
 * out here, so that adding one is a copy.
 *
 *-------------------------------------------------------------------------
 */
#include "words.h"

#include <string.h>

static const char *const openings[] = {
	"Mình vừa lái thử VF8 hôm qua, ",
	"Thật sự thì ",
	"Sau ba tháng sử dụng, ",
	"Nhà em mới nhận xe tuần trước, ",
	"Anh em cho hỏi, ",
	"Nói thật là ",
	"Theo mình thấy thì ",
	"Cả nhà ơi, ",
	"Đi Đà Lạt về mới thấy ",
	"So với Toyota cùng tầm tiền, ",
	"Ban đầu cũng nghi ngờ nhưng ",
	"Hôm nay ghé đại lý, ",
	"Chạy được 12.000 km rồi, ",
	"Ông chú mình bảo ",
	"Xem xong video này ",
	"Ko biết mọi người sao chứ ",
	"",
	"",
};

static const char *const statements[] = {
	"xe chạy rất êm, cách âm tốt hơn mình nghĩ nhiều",
	"thiết kế đẹp, nội thất sang, ghế ngồi thoải mái",
	"pin tụt nhanh quá, đi có 200 km đã phải sạc",
	"giá hơi cao so với mặt bằng chung nhưng đáng tiền",
	"dịch vụ hậu mãi tệ, gọi ba lần không ai nghe máy",
	"phần mềm lỗi liên tục, màn hình đơ giữa đường",
	"nhân viên tư vấn nhiệt tình, giao xe đúng hẹn",
	"trạm sạc còn ít, về quê là lo hết pin",
	"xe này có bản bảy chỗ không ạ",
	"giá lăn bánh ở Hà Nội là bao nhiêu vậy shop",
	"bảo hành mười năm thì quá yên tâm rồi",
	"thất vọng thật sự, mới nhận xe đã phải vào xưởng",
	"tăng tốc mạnh, vào số mượt, đi phố rất nhàn",
	"phanh kêu ken két, hãng bảo là bình thường",
	"tiết kiệm được khối tiền xăng mỗi tháng",
	"ko hài lòng về chất lượng sơn, mới rửa đã xước",
	"xe ok, sp tốt, mình sẽ giới thiệu cho bạn bè",
	"camera lùi mờ câm, trời tối là không thấy gì",
	"quá tuyệt vời, đúng là đồng tiền bát gạo",
	"nghi ngờ lừa đảo, cọc rồi mà không thấy giao xe",
	"cần tư vấn vay mua xe trả góp, lãi suất thế nào",
	"hỗ trợ khách hàng chậm, chờ cả tuần mới có phụ tùng",
	"màu xanh nhìn ngoài đời đẹp hơn trên ảnh",
	"tiếng ồn gió hơi lớn khi chạy trên cao tốc",
	"hệ thống lái tự động giữ làn khá ổn định",
	"cốp rộng, chở đồ cho cả nhà thoải mái",
	"chưa thấy xe điện nào tầm giá này ngon như vậy",
	"điều hòa mát nhanh, trời nắng bốn mươi độ vẫn tốt",
	"tôi sẽ không bao giờ mua lại hãng này nữa",
	"ai đang đi cho mình xin đánh giá thật lòng với",
	"giá xe cũ rớt thảm hại, bán lại lỗ nặng",
	"đang có chương trình khuyến mãi, inbox để nhận báo giá",
	"xe bình thường, không có gì đặc biệt",
	"trọng lượng lớn nên vào cua hơi bồng bềnh",
	"ghế sau hơi chật với người cao trên một mét tám",
	"mua xong mới thấy quyết định đúng đắn",
	"màn hình to, bản đồ rõ, loa nghe hay",
	"lốp mòn nhanh, thay một bộ tốn cả chục triệu",
	"xe cháy giữa đường mà hãng im lặng, quá sợ",
	"đi mưa gạt nước kêu rất khó chịu",
	"sạc nhanh ba mươi phút được tám mươi phần trăm",
	"shop oi con hang khong a, cho minh xin gia voi",
	"xe chay em lam, minh rat hai long",
	"dùng thử bản cập nhật mới thấy mượt hơn hẳn",
};

static const char *const endings[] = {
	". ",    ". ",      ". ",
	". ",    "! ",      "? ",
	"... ",  " 😍. ",    " 👍 ",
	" 😡! ",  " nhé. ",  " nha mn. ",
	".\\n",  " hihi. ", " \\\"thật\\\" đó. ",
	" :)) ", " ạ. ",    " tr\\u01b0\\u1edbc gi\\u1edd. ",
};

static const char *const keywords[] = {
	"VinFast VF8", "đánh giá VF8",  "Toyota Vios",        "Mercedes-Benz C200",
	"xe điện",     "Hyundai Creta", "so sánh VF8 và CX5",
};

static const char *const tags[] = {
	"VinFast", "VF8",    "xedien",   "oto",     "review", "đánhgiá",
	"lái thử", "toyota", "mercedes", "hyundai", "xe hay", "EV",
};

static const char *const people[] = {
	"carevolutionvn", "minh.anh95",      "tuan_oto",  "hoanglong",
	"be_na_review",   "xehay.official",  "ngocanh2k", "duc_thinh",
	"linhchi.vn",     "taixe_cong_nghe",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(array, random) ((array)[random_below(random, LENGTH(array))])

void
words_sentences(Buffer *buffer, Random *random, size_t bytes)
{
	size_t end = buffer->length + bytes;

	do
	{
		buffer_text(buffer, PICK(openings, random));
		buffer_text(buffer, PICK(statements, random));
		buffer_text(buffer, PICK(endings, random));
	} while (buffer->length < end);
}

const char *
words_keyword(Random *random)
{
	return PICK(keywords, random);
}

const char *
words_tag(Random *random)
{
	return PICK(tags, random);
}

const char *
words_person(Random *random)
{
	return PICK(people, random);
}
