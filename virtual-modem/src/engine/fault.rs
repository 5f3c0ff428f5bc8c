//! Failures that a control command asked for: AT commands that fail or come late, credentials that are refused.

use super::Engine;
use super::command::Reply;

/// Which of the matching events are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// So many pass first.
    pub skip: u32,
    /// So many are hit then; `None` for all.
    pub count: Option<u32>,
}

impl Span {
    /// The next `count`.
    pub fn next(count: u32) -> Span {
        Span {
            skip: 0,
            count: Some(count),
        }
    }

    /// Counts one event; true when it is hit.
    pub(crate) fn hits(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.count {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    fn is_over(self) -> bool {
        self.count == Some(0)
    }
}

/// What happens to an AT command.
#[derive(Clone, Debug)]
pub enum CommandFault {
    /// It does nothing and is answered so.
    Reply(Reply),
    /// Its answer comes so many milliseconds late.
    Late(i64),
}

#[derive(Clone, Debug)]
struct OnCommand {
    prefix: String,
    fault: CommandFault,
    span: Span,
}

/// Which changes of credentials are refused.
#[derive(Clone, Copy, Debug)]
pub struct CredentialFault {
    /// Only this security tag.
    pub tag: Option<u32>,
    /// Only this type, 0 to 5.
    pub kind: Option<u8>,
    /// Deletions instead of writes.
    pub deletion: bool,
    /// CME code of the answer.
    pub code: u16,
    /// Which ones.
    pub span: Span,
}

/// All faults in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    commands: Vec<OnCommand>,
    credentials: Vec<CredentialFault>,
}

impl Engine {
    /// Lets AT commands that begin with `prefix` (letter case ignored) fail or come late.
    pub fn fail_command(&mut self, prefix: &str, fault: CommandFault, span: Span) {
        self.faults.commands.push(OnCommand {
            prefix: prefix.to_ascii_uppercase(),
            fault,
            span,
        });
    }

    /// Lets writes or deletions of credentials fail.
    pub fn fail_credential(&mut self, fault: CredentialFault) {
        self.faults.credentials.push(fault);
    }

    /// Ends all faults of AT commands and credentials.
    pub fn clear_faults(&mut self) {
        self.faults = Faults::default();
    }

    /// Counts a command; the answer it is to get instead of its own.
    pub(super) fn command_fault(&mut self, line: &str) -> Option<Reply> {
        let line = line.trim_start().to_ascii_uppercase();
        let mut reply = None;
        for entry in &mut self.faults.commands {
            if reply.is_some() || !line.starts_with(&entry.prefix) || !entry.span.hits() {
                continue;
            }
            match &entry.fault {
                CommandFault::Reply(answer) => reply = Some(answer.clone()),
                CommandFault::Late(ms) => self.answer_delay_ms += ms,
            }
        }
        self.faults.commands.retain(|entry| !entry.span.is_over());
        reply
    }

    /// Counts a write or deletion that would succeed; the CME code it is to get instead.
    pub(super) fn credential_fault(&mut self, tag: u32, kind: u8, deletion: bool) -> Option<u16> {
        let mut code = None;
        for fault in &mut self.faults.credentials {
            let concerned = fault.deletion == deletion
                && fault.tag.is_none_or(|wanted| wanted == tag)
                && fault.kind.is_none_or(|wanted| wanted == kind);
            if code.is_none() && concerned && fault.span.hits() {
                code = Some(fault.code);
            }
        }
        self.faults
            .credentials
            .retain(|fault| !fault.span.is_over());
        code
    }
}
