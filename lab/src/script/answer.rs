//! Script commands that plan how the server answers.

use super::Command;
use crate::answer::Answer;
use crate::coap::Code;
use crate::event::Operation;
use crate::server::NotificationAnswer;
use crate::words::{Words, duration};

pub(super) fn answer(words: &mut Words) -> Result<Command, String> {
    let operation = match words.need("register, update, deregister, bootstrap, notify or all")? {
        "register" => Operation::Register,
        "update" => Operation::Update,
        "deregister" => Operation::Deregister,
        "bootstrap" => Operation::Bootstrap,
        "notify" => {
            return Ok(Command::AnswerNotifications(
                match words.need("ack, reset or silence")? {
                    "ack" | "normal" => NotificationAnswer::Acknowledge,
                    "reset" => NotificationAnswer::Reset,
                    "silence" => NotificationAnswer::Ignore,
                    other => return Err(format!("unknown answer: {other}")),
                },
            ));
        }
        "all" => {
            return Ok(Command::Deaf(match words.need("silence or normal")? {
                "silence" => true,
                "normal" => false,
                other => return Err(format!("unknown answer: {other}")),
            }));
        }
        other => return Err(format!("answer what: {other}?")),
    };
    let how = words.need("an answer")?;
    let delay = if how == "separate" {
        Some(duration(words.need("a delay")?)?)
    } else {
        None
    };
    let found = words.options(&["max-age", "count"])?;
    let number = |text: Option<&str>| {
        text.map(|t| t.parse().map_err(|_| format!("not a number: {t}")))
            .transpose()
    };
    let answer = match (how, delay, Code::from_text(how)) {
        (_, Some(delay), _) => Answer::Separate(delay),
        (_, _, Some(code)) => Answer::Code(code, number(found[0])?),
        ("normal", ..) => Answer::Normal,
        ("silence", ..) => Answer::Silence,
        ("wrong-token", ..) => Answer::WrongToken,
        ("twice", ..) => Answer::Twice,
        _ => return Err(format!("unknown answer: {how}")),
    };
    Ok(Command::Answer(operation, answer, number(found[1])?))
}
