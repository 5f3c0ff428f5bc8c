//! A conversation a person can read: one line a CoAP message, with its payload decoded.

use crate::coap::{Code, Kind, Message, option};
use crate::path::Path;
use crate::request::{Content, content};
use crate::wire::Direction;

/// One line. `path` is what a response is about; requests carry their own.
pub fn line(direction: Direction, client: &str, message: &Message, path: Option<&Path>) -> String {
    let arrow = match direction {
        Direction::Received => "<-",
        Direction::Sent => "->",
    };
    let kind = match message.kind {
        Kind::Con => "CON",
        Kind::Non => "NON",
        Kind::Ack => "ACK",
        Kind::Rst => "RST",
    };
    let mut line = format!("{arrow} {client} {kind} {}", message.code);
    line += match message.code {
        Code::GET => " GET",
        Code::POST => " POST",
        Code::PUT => " PUT",
        Code::DELETE => " DELETE",
        _ => "",
    };
    line += &format!(" mid={:04x}", message.message_id);
    if !message.token.is_empty() {
        line += &format!(" token={}", crate::hex::encode(&message.token));
    }
    let segments = message.segments(option::URI_PATH);
    if message.code.is_request() {
        let query = message.segments(option::URI_QUERY).join("&");
        line += &format!(
            " /{}{}{query}",
            segments.join("/"),
            if query.is_empty() { "" } else { "?" }
        );
    }
    let location = message.segments(option::LOCATION_PATH);
    if !location.is_empty() {
        line += &format!(" location=/{}", location.join("/"));
    }
    for (number, value) in &message.options {
        line += &option_text(message, *number, value);
    }
    let own_path = format!("/{}", segments.join("/")).parse::<Path>().ok();
    let about = if message.code.is_request() {
        own_path
    } else {
        path.cloned()
    };
    line + &payload_text(&about.unwrap_or_default(), message)
}

fn option_text(message: &Message, number: u16, value: &[u8]) -> String {
    let uint = || {
        message
            .uint(number)
            .map_or_else(|| "?".to_string(), |number| number.to_string())
    };
    match number {
        option::URI_PATH | option::URI_QUERY | option::LOCATION_PATH => String::new(),
        option::OBSERVE => format!(" observe={}", uint()),
        option::CONTENT_FORMAT => format!(" format={}", uint()),
        option::ACCEPT => format!(" accept={}", uint()),
        option::MAX_AGE => format!(" max-age={}", uint()),
        option::SIZE1 => format!(" size1={}", uint()),
        option::BLOCK1 | option::BLOCK2 => {
            let name = if number == option::BLOCK1 {
                "block1"
            } else {
                "block2"
            };
            message
                .block(number)
                .map_or_else(|| format!(" {name}=?"), |block| format!(" {name}={block}"))
        }
        _ => format!(" option-{number}={}", crate::hex::encode(value)),
    }
}

fn payload_text(path: &Path, message: &Message) -> String {
    if message.payload.is_empty() {
        return String::new();
    }
    let part = [option::BLOCK1, option::BLOCK2].iter().any(|number| {
        message
            .block(*number)
            .is_some_and(|block| block.more || block.number > 0)
    });
    if part {
        return format!(" | {} bytes of a larger payload", message.payload.len());
    }
    match content(path, message, &message.payload) {
        Content::Values(values) => {
            let values: Vec<String> = values
                .iter()
                .map(|(path, value)| format!("{path}={value}"))
                .collect();
            format!(" | {}", values.join(" "))
        }
        Content::Links(_) | Content::Text(_) => {
            format!(" | {}", String::from_utf8_lossy(&message.payload))
        }
        Content::Bytes(bytes) => format!(" | 0x{}", crate::hex::encode(&bytes)),
        Content::Unreadable(why) => {
            format!(" | 0x{} ({why})", crate::hex::encode(&message.payload))
        }
        Content::Nothing => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coap::format;

    #[test]
    fn a_request_and_its_answer_are_one_line_each() {
        let request = Message::new(Kind::Con, Code::PUT, 0x1a2b, &[1, 2])
            .with_path("/1/0/1")
            .with(option::URI_QUERY, b"pmin=1")
            .with_payload(format::TEXT, b"120");
        assert_eq!(
            line(Direction::Sent, "demo", &request, None),
            "-> demo CON 0.03 PUT mid=1a2b token=0102 /1/0/1?pmin=1 format=0 | /1/0/1=120"
        );
        let answer = Message::new(Kind::Ack, Code::CONTENT, 0x1a2b, &[1, 2])
            .with_payload(format::TLV, &[0xC1, 9, 80, 0x86, 6, 0x41, 0, 1, 0x41, 1, 5]);
        assert_eq!(
            line(
                Direction::Received,
                "demo",
                &answer,
                Some(&"/3/0".parse().unwrap())
            ),
            "<- demo ACK 2.05 mid=1a2b token=0102 format=11542 | /3/0/9=80 /3/0/6/0=1 /3/0/6/1=5"
        );
    }

    #[test]
    fn payloads_that_cannot_be_read_are_shown_as_bytes() {
        let answer =
            Message::new(Kind::Ack, Code::CONTENT, 1, &[]).with_payload(format::TLV, &[0xC1]);
        let line = line(
            Direction::Received,
            "demo",
            &answer,
            Some(&"/3/0".parse().unwrap()),
        );
        assert!(
            line.ends_with("| 0xc1 (TLV: header cut short at byte 0)"),
            "{line}"
        );
    }
}
