//! MD5 (RFC 1321) of short texts. One operator names devices with it; nothing secret is protected by it.

/// Longest text: one block less the padding.
const LONGEST: usize = 55;

/// Digest of the parts in sequence, which together have at most 55 bytes; what is longer is cut off.
pub fn short(parts: &[&[u8]]) -> [u8; 16] {
    let mut block = [0; 64];
    let mut length = 0;
    for byte in parts.iter().copied().flatten().take(LONGEST) {
        if let Some(slot) = block.get_mut(length) {
            *slot = *byte;
        }
        length += 1;
    }
    if let Some(slot) = block.get_mut(length) {
        *slot = 0x80;
    }
    // The length in bits takes the last eight bytes; it has nine bits here.
    let [.., low, high, _, _, _, _, _, _] = &mut block;
    [*low, *high] = (length as u16 * 8).to_le_bytes();
    let start = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476_u32];
    let [mut a, mut b, mut c, mut d] = start;
    for (step, sine) in (0_u32..).zip(&SINES) {
        let (mix, word) = match step / 16 {
            0 => (b & c | !b & d, step),
            1 => (d & b | !d & c, 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let shifts = SHIFTS.get(step as usize / 16).copied().unwrap_or(0);
        let shift = shifts
            .to_be_bytes()
            .get(step as usize % 4)
            .copied()
            .unwrap_or(0);
        let sum = a
            .wrapping_add(mix)
            .wrapping_add(*sine)
            .wrapping_add(word_of(&block, word % 16));
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(shift.into()));
    }
    let mut digest = [0; 16];
    for ((slot, start), sum) in digest.chunks_exact_mut(4).zip(start).zip([a, b, c, d]) {
        for (slot, byte) in slot.iter_mut().zip(start.wrapping_add(sum).to_le_bytes()) {
            *slot = byte;
        }
    }
    digest
}

fn word_of(block: &[u8; 64], index: u32) -> u32 {
    let bytes = block.as_chunks().0.get(index as usize);
    u32::from_le_bytes(bytes.copied().unwrap_or_default())
}

/// Rotations of a round, used in turn.
static SHIFTS: [u32; 4] = [0x070C_1116, 0x0509_0E14, 0x040B_1017, 0x060A_0F15];

/// The sines of 1 to 64 radians without sign, times 2 to the power of 32.
static SINES: [u32; 64] = [
    0xD76A_A478,
    0xE8C7_B756,
    0x2420_70DB,
    0xC1BD_CEEE,
    0xF57C_0FAF,
    0x4787_C62A,
    0xA830_4613,
    0xFD46_9501,
    0x6980_98D8,
    0x8B44_F7AF,
    0xFFFF_5BB1,
    0x895C_D7BE,
    0x6B90_1122,
    0xFD98_7193,
    0xA679_438E,
    0x49B4_0821,
    0xF61E_2562,
    0xC040_B340,
    0x265E_5A51,
    0xE9B6_C7AA,
    0xD62F_105D,
    0x0244_1453,
    0xD8A1_E681,
    0xE7D3_FBC8,
    0x21E1_CDE6,
    0xC337_07D6,
    0xF4D5_0D87,
    0x455A_14ED,
    0xA9E3_E905,
    0xFCEF_A3F8,
    0x676F_02D9,
    0x8D2A_4C8A,
    0xFFFA_3942,
    0x8771_F681,
    0x6D9D_6122,
    0xFDE5_380C,
    0xA4BE_EA44,
    0x4BDE_CFA9,
    0xF6BB_4B60,
    0xBEBF_BC70,
    0x289B_7EC6,
    0xEAA1_27FA,
    0xD4EF_3085,
    0x0488_1D05,
    0xD9D4_D039,
    0xE6DB_99E5,
    0x1FA2_7CF8,
    0xC4AC_5665,
    0xF429_2244,
    0x432A_FF97,
    0xAB94_23A7,
    0xFC93_A039,
    0x655B_59C3,
    0x8F0C_CC92,
    0xFFEF_F47D,
    0x8584_5DD1,
    0x6FA8_7E4F,
    0xFE2C_E6E0,
    0xA301_4314,
    0x4E08_11A1,
    0xF753_7E82,
    0xBD3A_F235,
    0x2AD7_D2BB,
    0xEB86_D391,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_rfc_1321() {
        let hex = |text: &[u8]| -> String {
            let digest = short(&[text]);
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        assert_eq!(hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(b"a"), "0cc175b9c0f1b6a831c399e269772661");
        assert_eq!(hex(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
        assert_eq!(
            hex(b"abcdefghijklmnopqrstuvwxyz"),
            "c3fcd3d76192e4007dfb496cca67e13b"
        );
        assert_eq!(
            short(&[b"message", b" ", b"digest"]),
            short(&[b"message digest"])
        );
    }
}
