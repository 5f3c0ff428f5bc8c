//! SenML against the examples of RFC 8428 and of the LwM2M standard.

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter_map(crate::text::hex_digit).collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn at(ids: &[u16]) -> Path {
    ids.iter()
        .fold(Path::ROOT, |path, id| path.then(*id).expect("a path"))
}

/// The value of a record, if it is one of a type.
fn read_value<'v>(pack: &Pack<'v>, kind: Type, scratch: &'v mut [u8]) -> Option<Value<'v>> {
    pack.format.value(kind, pack.value(kind)?, scratch)
}

/// What a payload says, each value as the type it is wanted in; `None` when it is malformed.
fn read(format: Format, payload: &[u8], kinds: &[Type]) -> Option<Vec<(Path, String)>> {
    let mut pack = Pack::new(format, payload);
    let mut kinds = kinds.iter();
    let mut found = Vec::new();
    while pack.advance() {
        let mut scratch = [0; 64];
        let kind = kinds.next().copied().unwrap_or(Type::None);
        let text = match read_value(&pack, kind, &mut scratch) {
            Some(Value::Text(text)) => String::from_utf8(text.to_vec()).expect("UTF-8"),
            Some(value) => format!("{value:?}"),
            None => "-".to_owned(),
        };
        found.push((*pack.path(), text));
    }
    pack.is_whole().then_some(found)
}

fn json(text: &str, kinds: &[Type]) -> Option<Vec<(Path, String)>> {
    read(Format::SenmlJson, text.as_bytes(), kinds)
}

fn cbor(hex: &str, kinds: &[Type]) -> Option<Vec<(Path, String)>> {
    read(Format::SenmlCbor, &bytes(hex), kinds)
}

fn written(format: Format, values: &[(Path, Path, Value<'_>)]) -> Vec<u8> {
    let mut buffer = [0; 512];
    let mut sink = Sink::new(&mut buffer);
    let mut writer = Writer::new(&mut sink, format);
    for _ in 0..2 {
        let mut last = None;
        for (base, path, value) in values {
            if last != Some(base) {
                writer.base(base);
            }
            last = Some(base);
            writer.record(path, value);
        }
        writer.turn();
    }
    let length = sink.written();
    buffer[..length].to_vec()
}

fn json_written(values: &[(Path, Path, Value<'_>)]) -> String {
    String::from_utf8(written(Format::SenmlJson, values)).expect("UTF-8")
}

/// OMA LwM2M TS Core 1.1 7.4.4: the Device object of the standard's example, with its base name in the first record.
#[test]
fn names_are_what_base_name_and_name_say_together() {
    let found = json(
        r#"[{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},
            {"n":"1","vs":"Lightweight M2M Client"},
            {"n":"6/0","v":1},{"n":"6/1","v":5},{"n":"7/0","v":3800},
            {"n":"9","v":100},{"n":"13","v":1367491215},
            {"n":"14","vs":"+02:00"},{"n":"16","vs":"U"}]"#,
        &[
            Type::Text,
            Type::Text,
            Type::Integer,
            Type::Integer,
            Type::Integer,
            Type::Integer,
            Type::Time,
            Type::Text,
            Type::Text,
        ],
    );
    let wanted: Vec<(Path, String)> = [
        (Path::resource(3, 0, 0), "Open Mobile Alliance"),
        (Path::resource(3, 0, 1), "Lightweight M2M Client"),
        (Path::resource(3, 0, 6), "Integer(1)"),
        (Path::resource(3, 0, 6), "Integer(5)"),
        (Path::resource(3, 0, 7), "Integer(3800)"),
        (Path::resource(3, 0, 9), "Integer(100)"),
        (Path::resource(3, 0, 13), "Integer(1367491215)"),
        (Path::resource(3, 0, 14), "+02:00"),
        (Path::resource(3, 0, 16), "U"),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .into();
    let found = found.expect("well-formed");
    for ((path, text), (place, value)) in found.iter().zip(&wanted) {
        assert!(place.contains(path), "{path:?}");
        assert_eq!(text, value);
    }
    assert_eq!(found[3].0.ids(), [3, 0, 6, 1]);
    assert_eq!(found.len(), wanted.len());
}

/// RFC 8428 4.6: a base name may end, and a name begin, inside a number; names without base stand alone.
#[test]
fn names_are_joined_as_texts() {
    for (text, ids) in [
        (r#"[{"bn":"/3/0/1","n":"1"}]"#, &[3, 0, 11][..]),
        (r#"[{"n":"1","bn":"/3/0/1"}]"#, &[3, 0, 11]),
        (r#"[{"n":"/3/0"}]"#, &[3, 0]),
        (r#"[{"bn":"/3/0/9"}]"#, &[3, 0, 9]),
        (r#"[{"bn":"\/3\/0\/9"}]"#, &[3, 0, 9]),
        (r#"[{"bn":"/"}]"#, &[]),
        (r#"[{"bn":"/3/"}]"#, &[3]),
        ("  [ { \"n\" :\t\"/3\" , \"x\":1e5}\r\n] ", &[3]),
    ] {
        assert_eq!(json(text, &[]), Some(vec![(at(ids), "-".into())]), "{text}");
    }
    // A new base name takes the place of the old one.
    let found = json(
        r#"[{"bn":"/3/0/","n":"1"},{"bn":"/1/0/","n":"2"},{"n":"3"}]"#,
        &[],
    );
    let paths: Vec<Path> = found
        .expect("well-formed")
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert_eq!(paths, [at(&[3, 0, 1]), at(&[1, 0, 2]), at(&[1, 0, 3])]);
}

#[test]
fn what_is_no_pack_is_not_whole() {
    for text in [
        "",
        "[",
        "]",
        "{}",
        "[{}]",
        r#"[{"n":"3"}]"#,
        r#"[{"n":"/x"}]"#,
        r#"[{"n":"/3//0"}]"#,
        r#"[{"n":"/65535"}]"#,
        r#"[{"n":"/3","v":}]"#,
        r#"[{"n":"/3",}]"#,
        r#"[{"n":"/3"},]"#,
        r#"[{"n":"/3"} {"n":"/4"}]"#,
        r#"[{"n":"/3"}]x"#,
        r#"[{"n":"/3","v":1,"vs":"a"}]"#,
        r#"[{"n":"/3","v":1,"bv":1}]"#,
        r#"[{"n":"/3","s":1}]"#,
        r#"[{"n":"/3","x_":1}]"#,
        r#"[{"n":"/3","vs":"a]"#,
        "[{\"n\":\"/3\",\"vs\":\"a\nb\"}]",
        r#"[{"n":3}]"#,
        r#"[{"n":"/3","x":[1]}]"#,
        r#"[{"n":"/1/2/3/4/5"}]"#,
        r#"[{"n":"/000000000000000000000000000000000001"}]"#,
    ] {
        assert_eq!(json(text, &[]), None, "{text}");
    }
    assert_eq!(json("[]", &[]), Some(vec![]));
    for hex in [
        "",
        "a0",
        "81",
        "81a0",
        "9f",
        "81a10063",
        "81a1006133",
        "81a100622f33ff",
        "82a100622f33",
        "81a200622f33",
        "81a200622f332401",
        "81a200622f33615f01",
        "81a300622f3302010301",
        "81bf00622f33",
        "9fa100622f33",
        "81a1006133",
        "81a1f600",
        "81a10081622f33",
    ] {
        assert_eq!(cbor(hex, &[]), None, "{hex}");
    }
    assert_eq!(cbor("80", &[]), Some(vec![]));
    assert_eq!(cbor("9fff", &[]), Some(vec![]));
}

/// RFC 8949 3.2: arrays, maps and strings without a length in front.
#[test]
fn indefinite_lengths_are_taken() {
    for hex in [
        "9fbf 21652f312f302f 006131 0219012c ff bf 006136 04f5 ff ff",
        "82a3 217f622f31632f302fff 007f6131ff 0219012c a2 006136 04f5",
    ] {
        let found = cbor(hex, &[Type::Integer, Type::Boolean]);
        let wanted = vec![
            (at(&[1, 0, 1]), "Integer(300)".into()),
            (at(&[1, 0, 6]), "Boolean(true)".into()),
        ];
        assert_eq!(found, Some(wanted), "{hex}");
    }
    let found = cbor("81a2 00662f332f302f30 037f6261626163ff", &[Type::Text]);
    assert_eq!(found, Some(vec![(at(&[3, 0, 0]), "abc".into())]));
}

#[test]
fn floats_of_all_sizes_are_numbers() {
    for (hex, text) in [
        ("f95640", "Integer(100)"),
        ("fa42c80000", "Integer(100)"),
        ("fb4059000000000000", "Integer(100)"),
        ("f93e00", "-"),
    ] {
        let found = cbor(
            &format!("81a200 66 2f312f302f31 02 {hex}"),
            &[Type::Integer],
        );
        assert_eq!(found, Some(vec![(at(&[1, 0, 1]), text.into())]), "{hex}");
    }
    let found = cbor("81a200 66 2f362f302f30 02 f93e00", &[Type::Float]);
    assert_eq!(found, Some(vec![(at(&[6, 0, 0]), "Float(1.5)".into())]));
}

/// OMA LwM2M TS Core 1.1 table 7.4.4-2: which label a value of each type has.
#[test]
fn values_have_the_labels_of_their_types() {
    let types = [
        (
            Value::Integer(-5),
            Type::Integer,
            r#"{"bn":"/1/2/3","v":-5}"#,
        ),
        (
            Value::Integer(1_367_491_215),
            Type::Time,
            r#"{"bn":"/1/2/3","v":1367491215}"#,
        ),
        (
            Value::Boolean(true),
            Type::Boolean,
            r#"{"bn":"/1/2/3","vb":true}"#,
        ),
        (
            Value::Boolean(false),
            Type::Boolean,
            r#"{"bn":"/1/2/3","vb":false}"#,
        ),
        (
            Value::Text(b"a\"b\\\n"),
            Type::Text,
            r#"{"bn":"/1/2/3","vs":"a\"b\\\u000a"}"#,
        ),
        (
            Value::Text("\u{E9}".as_bytes()),
            Type::Text,
            "{\"bn\":\"/1/2/3\",\"vs\":\"\u{E9}\"}",
        ),
        (
            Value::Opaque(b"\xFF\xFE\xFD\xFC\xFB"),
            Type::Opaque,
            r#"{"bn":"/1/2/3","vd":"__79_Ps"}"#,
        ),
        (
            Value::Opaque(b""),
            Type::Opaque,
            r#"{"bn":"/1/2/3","vd":""}"#,
        ),
        (
            Value::Link(10, 65_535),
            Type::Link,
            r#"{"bn":"/1/2/3","vlo":"10:65535"}"#,
        ),
    ];
    let place = Path::resource(1, 2, 3);
    for (value, kind, wanted) in types {
        let text = json_written(&[(place, place, value)]);
        assert_eq!(text, format!("[{wanted}]"));
        for format in [Format::SenmlJson, Format::SenmlCbor] {
            let payload = written(format, &[(place, place, value)]);
            let mut pack = Pack::new(format, &payload);
            assert!(pack.advance());
            assert_eq!(*pack.path(), place);
            assert_eq!(read_value(&pack, kind, &mut [0; 64]), Some(value));
            // Of no other type.
            for other in [
                Type::Integer,
                Type::Boolean,
                Type::Text,
                Type::Opaque,
                Type::Link,
            ] {
                let same = other == kind || (other, kind) == (Type::Integer, Type::Time);
                assert_eq!(
                    read_value(&pack, other, &mut [0; 64]).is_some(),
                    same,
                    "{value:?} {other:?}"
                );
            }
            assert!(!pack.advance());
            assert!(pack.is_whole());
        }
    }
    assert_eq!(
        json_written(&[(place, place, Value::Double(63.421))]),
        r#"[{"bn":"/1/2/3","v":63.421}]"#
    );
    // Padded, and in the other alphabet, as some servers write it.
    for text in ["__79_Ps=", "//79/Ps=", "//79/Ps"] {
        let payload = format!(r#"[{{"n":"/1/2/3","vd":"{text}"}}]"#);
        let mut pack = Pack::new(Format::SenmlJson, payload.as_bytes());
        assert!(pack.advance());
        let wanted = Some(Value::Opaque(b"\xFF\xFE\xFD\xFC\xFB"));
        assert_eq!(
            read_value(&pack, Type::Opaque, &mut [0; 64]),
            wanted,
            "{text}"
        );
    }
}

#[test]
fn cbor_is_written_with_lengths_in_front_and_the_shortest_heads() {
    let (device, server) = (Path::instance(3, 0), Path::resource(1, 0, 1));
    let payload = written(
        Format::SenmlCbor,
        &[
            (device, Path::resource(3, 0, 0), Value::Text(b"ab")),
            (device, Path::resource(3, 0, 9), Value::Integer(100)),
            (server, server, Value::Integer(300)),
        ],
    );
    assert_eq!(
        payload,
        bytes(
            "83 a3 21 65 2f332f302f 00 6130 03 626162 a2 00 6139 02 1864 a2 21 66 2f312f302f31 02 19012c"
        )
    );
    assert_eq!(written(Format::SenmlCbor, &[]), [0x80]);
    assert_eq!(json_written(&[]), "[]");
}

/// RFC 8428 5.1.2 and 6: several data points in one pack, in JSON and in CBOR. Base time, units and version are left
/// aside; the names of the examples are no paths, so they are changed to some.
#[test]
fn what_lwm2m_does_not_use_is_left_aside() {
    let found = json(
        r#"[{"bn":"/3303/0/","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"1","u":"V","v":120},
            {"n":"2","t":-5,"v":12e-1},{"n":"3","t":-4,"ut":10,"v":13}]"#,
        &[Type::Integer; 3],
    );
    assert_eq!(
        found,
        Some(vec![
            (at(&[3303, 0, 1]), "Integer(120)".into()),
            (at(&[3303, 0, 2]), "-".into()),
            (at(&[3303, 0, 3]), "Integer(13)".into()),
        ])
    );
    let found = cbor(
        "82 a7 21 68 2f333330332f302f 22 fb41d303a15b001062 23 6141 20 05 00 6131 01 6156 02 1878 \
         a3 00 6132 06 24 02 fb3ff3333333333333",
        &[Type::Integer; 2],
    );
    assert_eq!(
        found,
        Some(vec![
            (at(&[3303, 0, 1]), "Integer(120)".into()),
            (at(&[3303, 0, 2]), "-".into()),
        ])
    );
}
