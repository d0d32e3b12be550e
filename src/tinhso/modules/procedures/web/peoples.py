"""Lists that forms offer: the 54 peoples of Vietnam (Danh mục các dân tộc Việt Nam, Quyết định 121-TCTK/PPCĐ of 1979) and the states
whose citizens most often appear in files. A nationality not listed may be typed."""

from __future__ import annotations

# In the order of the official list's most frequent names first for Thanh Hóa, then the rest in Vietnamese order.
ETHNICITIES: tuple[str, ...] = (
    *("Kinh", "Mường", "Thái", "Thổ", "Mông", "Dao", "Khơ Mú"),
    *("Ba Na", "Bố Y", "Brâu", "Bru-Vân Kiều", "Chăm", "Chơ Ro", "Chu Ru", "Chứt", "Co", "Cờ Ho", "Cơ Lao"),
    *("Cơ Tu", "Cống", "Ê Đê", "Gia Rai", "Giáy", "Gié-Triêng", "Hà Nhì", "Hoa", "Hrê", "Kháng", "Khmer", "La Chí"),
    *("La Ha", "La Hủ", "Lào", "Lô Lô", "Lự", "Mạ", "Mảng", "Mnông", "Ngái", "Nùng", "Ơ Đu", "Pà Thẻn", "Phù Lá"),
    *("Pu Péo", "Ra Glai", "Rơ Măm", "Sán Chay", "Sán Dìu", "Si La", "Tà Ôi", "Tày", "Xinh Mun", "Xơ Đăng", "Xtiêng"),
)

NATIONALITIES: tuple[str, ...] = (
    *(
        "Việt Nam",
        "Ấn Độ",
        "Anh",
        "Ba Lan",
        "Campuchia",
        "Canada",
        "Đài Loan (Trung Quốc)",
        "Đức",
        "Hà Lan",
        "Hàn Quốc",
    ),
    *("Hoa Kỳ", "Indonesia", "Lào", "Liên bang Nga", "Malaysia", "Nhật Bản", "Pháp", "Philippines", "Séc", "Singapore"),
    *("Thái Lan", "Thụy Điển", "Trung Quốc", "Úc", "Ukraina"),
)
