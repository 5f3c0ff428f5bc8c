//! Reading a card's bootstrap data through `+CSIM`, as the published reader of the SDK does it, and what can go wrong.

use super::super::{Moment, Output};
use super::*;
use crate::profile::Profile;
use crate::rng::Rng;

/// Begins like a real file: two objects, 132 bytes follow.
const BOOTSTRAP: &str = "00020084000000006908004108C1";

struct Bench(Engine);

impl Bench {
    fn new(style: ChainStyle) -> Bench {
        let mut profile = Profile::default();
        profile.card.bootstrap = BOOTSTRAP.into();
        profile.card.style = style;
        let mut bench = Bench(Engine::new(profile, "", "", Rng::stream(1, 1, "engine")));
        bench.at(0, "AT+CFUN=41");
        bench.0.advance(at(1000));
        bench
    }

    fn at(&mut self, ms: i64, line: &str) -> String {
        self.0.command(at(ms), line).text
    }

    /// Sends bytes in hexadecimal; data and status word.
    fn card(&mut self, hex: &str) -> String {
        let answer = self.at(1000, &format!("AT+CSIM={},\"{hex}\"", hex.len()));
        let body = answer.strip_suffix("\r\nOK\r\n").expect(&answer);
        let (length, data) = body
            .strip_prefix("+CSIM: ")
            .unwrap()
            .split_once(',')
            .unwrap();
        let data = data.trim_matches('"');
        assert_eq!(length, data.len().to_string());
        data.to_string()
    }
}

fn at(uptime_ms: i64) -> Moment {
    Moment {
        uptime_ms,
        network_ms: 0,
    }
}

#[test]
fn the_bootstrap_file_is_found_by_aid_and_paths() {
    let mut bench = Bench::new(ChainStyle::Direct);
    assert_eq!(bench.card("0070000001"), "019000");
    let answer = bench.card("01A404040CA000000063504B43532D313500");
    assert!(
        answer.starts_with("62") && answer.ends_with("9000"),
        "{answer}"
    );
    assert!(answer.contains("840CA000000063504B43532D3135"), "{answer}");
    assert!(bench.card("01A40804047FFF503100").ends_with("9000"));
    assert_eq!(bench.card("01B0000000"), "A7063004040264309000");
    let answer = bench.card("01A40804047FFF643000");
    assert!(answer.contains("80020020"), "size of the file in {answer}");
    assert!(bench.card("01B0000000").contains("0604672B090130040402"));
    assert!(bench.card("01A40804047FFF643200").ends_with("9000"));
    assert_eq!(bench.card("01B0000000"), format!("{BOOTSTRAP}9000"));
    assert_eq!(bench.card("01B0000204"), "008400009000");
    assert_eq!(bench.card("01B0010000"), "6B00");
    assert_eq!(bench.card("01708001"), "9000");
    assert_eq!(bench.card("01B0000000"), "6881");
}

#[test]
fn long_files_are_read_in_parts_of_256_bytes() {
    let mut bench = Bench::new(ChainStyle::Direct);
    let content: String = (0..600).map(|byte| format!("{:02X}", byte % 251)).collect();
    bench.0.set_card_bootstrap(&content);
    bench.card("0070000001");
    bench.card("01A404040CA000000063504B43532D313500");
    assert!(bench.card("01A4000C026432").ends_with("9000"));
    assert_eq!(bench.card("01B0000000"), format!("{}9000", &content[..512]));
    assert_eq!(
        bench.card("01B0010000"),
        format!("{}9000", &content[512..1024])
    );
    assert_eq!(
        bench.card("01B0020000"),
        format!("{}9000", &content[1024..])
    );
}

#[test]
fn a_chaining_card_wants_get_response_and_exact_lengths() {
    let mut bench = Bench::new(ChainStyle::Both);
    assert_eq!(bench.card("0070000000"), "6C01");
    assert_eq!(bench.card("0070000001"), "019000");
    let answer = bench.card("01A404040CA000000063504B43532D313500");
    let length = answer.strip_prefix("61").unwrap().to_string();
    assert_eq!(bench.card("01C0000000"), format!("6C{length}"));
    let answer = bench.card(&format!("01C00000{length}"));
    assert!(
        answer.starts_with("62") && answer.ends_with("9000"),
        "{answer}"
    );
    assert_eq!(bench.card(&format!("01C00000{length}")), "6985");
    assert!(bench.card("01A40804047FFF503100").starts_with("61"));
    let first = bench.card("01C0000004");
    assert!(first.contains("61") && first.len() == 12, "{first}");
    assert_eq!(bench.card("01B0000000"), "6C08");
    assert_eq!(bench.card("01B0000008"), "A7063004040264309000");
}

#[test]
fn applications_are_listed_and_missing_ones_are_not_found() {
    let mut bench = Bench::new(ChainStyle::Direct);
    bench.card("0070000001");
    assert!(bench.card("01A4000C022F00").ends_with("9000"));
    assert!(
        bench
            .card("01B2020400")
            .starts_with("61174F0CA000000063504B43532D3135")
    );
    assert_eq!(bench.card("01B2030400"), "6A83");
    assert_eq!(bench.card("01B2020405"), "6C19");
    assert_eq!(bench.card("01B0000000"), "6981");
    bench.0.set_card_bootstrap("");
    assert_eq!(bench.card("01A404040CA000000063504B43532D313500"), "6A82");
    assert_eq!(bench.card("01B2020400"), "6A83");
    assert_eq!(
        bench.card("01A404040CA0000000871002FFFFFFFF8900").len(),
        2 * 30
    );
    assert_eq!(
        bench.card("01A40004026F07"),
        bench.card("01A40804047FFF6F07")
    );
    assert_eq!(bench.card("01B0000000"), "0809101010325476989000");
}

#[test]
fn three_channels_are_there_and_channel_0_is_the_modems() {
    let mut bench = Bench::new(ChainStyle::Direct);
    for number in 1..=3 {
        assert_eq!(bench.card("0070000001"), format!("0{number}9000"));
    }
    assert_eq!(bench.card("0070000001"), "6A81");
    assert_eq!(bench.card("00708002"), "9000");
    assert_eq!(bench.card("00708002"), "6A86");
    assert_eq!(bench.card("00700002"), "9000");
    assert_eq!(bench.at(1000, "AT+CSIM=10,\"00B0000000\""), "ERROR\r\n");
    assert!(bench.card("80F2000000").contains("840CA0000000871002"));
    assert_eq!(bench.card("81E2000000"), "6D00");
    assert_eq!(bench.card("F1B0000000"), "6E00");
    assert_eq!(bench.card("01B0000000"), "6986");
    assert_eq!(bench.at(1000, "AT+CSIM=9,\"00B0000000\""), "ERROR\r\n");
}

#[test]
fn faults_are_played_where_they_were_asked_for() {
    let mut bench = Bench::new(ChainStyle::Direct);
    bench.0.force_status(0xb0, 0x6f00, 1);
    bench.0.set_card_file("PKCS15/6430", "!A11E").unwrap();
    bench.0.set_card_file("PKCS15/6432", "none").unwrap();
    assert!(bench.0.set_card_file("PKCS15", "00").is_err());
    bench.card("0070000001");
    bench.card("01A404040CA000000063504B43532D313500");
    bench.card("01A40804047FFF503100");
    assert_eq!(bench.card("01B0000000"), "6F00");
    assert_eq!(bench.card("01B0000000"), "A7063004040264309000");
    assert!(bench.card("01A40804047FFF643000").ends_with("9000"));
    assert_eq!(bench.card("01B0000000"), "6982");
    assert_eq!(bench.card("01A40804047FFF643200"), "6A82");
}

#[test]
fn a_card_pulled_out_in_the_middle_answers_no_more() {
    let mut bench = Bench::new(ChainStyle::Direct);
    bench.at(1000, "AT%XSIM=1");
    bench.0.remove_card_after(2);
    assert_eq!(bench.card("0070000001"), "019000");
    assert!(
        bench
            .card("01A404040CA000000063504B43532D313500")
            .ends_with("9000")
    );
    assert_eq!(bench.at(1000, "AT+CSIM=10,\"01B0000000\""), "ERROR\r\n");
    let told = bench.0.outputs();
    assert!(
        told.contains(&Output::Notify("%XSIM: 0\r\n".into())),
        "{told:?}"
    );
    bench.0.insert_card(Slot::Ready);
    bench.0.advance(at(2000));
    assert_eq!(
        bench.at(2000, "AT+CSIM=10,\"01B0000000\""),
        "+CSIM: 4,\"6881\"\r\nOK\r\n"
    );
}

#[test]
fn each_command_takes_its_time() {
    let mut bench = Bench::new(ChainStyle::Direct);
    bench.0.profile.card.delay = 80;
    let answer = bench.0.command(at(1000), "AT+CSIM=10,\"0070000001\"");
    assert_eq!(answer.delay_ms, 80);
    assert_eq!(bench.0.command(at(1000), "AT+CFUN?").delay_ms, 0);
}
