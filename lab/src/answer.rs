//! How the server answers the registration interface: as it should, or in one of the ways a test needs.

use crate::coap::Code;
use crate::event::Operation;
use std::collections::HashMap;
use std::time::Duration;

/// An answer to Register, Update or De-register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// As the standard says.
    #[default]
    Normal,
    /// This code, with Max-Age in seconds where given; nothing is registered, updated or removed.
    Code(Code, Option<u32>),
    /// Nothing at all. Each retransmission counts as a request of its own.
    Silence,
    /// An empty acknowledgement now; the request is served and answered in a confirmable message after the delay.
    Separate(Duration),
    /// A success response whose token is not the request's. Each retransmission counts as a request of its own.
    WrongToken,
    /// The right answer, sent twice.
    Twice,
}

/// What to do how often.
#[derive(Default)]
pub struct Answers {
    plans: HashMap<Operation, (Answer, Option<u32>)>,
}

impl Answers {
    /// Uses an answer for the next `count` requests, or for good.
    pub fn plan(&mut self, operation: Operation, answer: Answer, count: Option<u32>) {
        self.plans.insert(operation, (answer, count));
    }

    /// The answer for a request that just came in.
    pub fn next(&mut self, operation: Operation) -> Answer {
        let Some((answer, count)) = self.plans.get_mut(&operation) else {
            return Answer::Normal;
        };
        match count {
            Some(0) => Answer::Normal,
            Some(left) => {
                *left -= 1;
                answer.clone()
            }
            None => answer.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_answer_ends() {
        let mut answers = Answers::default();
        answers.plan(Operation::Register, Answer::Silence, Some(2));
        let three: Vec<Answer> = (0..3).map(|_| answers.next(Operation::Register)).collect();
        assert_eq!(three, [Answer::Silence, Answer::Silence, Answer::Normal]);
        answers.plan(Operation::Register, Answer::Twice, None);
        assert_eq!(answers.next(Operation::Register), Answer::Twice);
        assert_eq!(answers.next(Operation::Update), Answer::Normal);
    }
}
