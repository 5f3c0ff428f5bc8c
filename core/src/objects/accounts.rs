//! Server accounts: what the Security and Server objects say together (OMA LwM2M TS Core 6.1.2).

use super::Objects;
use super::security::{Account, SecurityInstance};

impl Objects {
    /// Forgets all accounts.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn forget_accounts(&mut self) {
        self.security.reset();
        self.server.reset();
        if let Some(access) = self.access.first_mut() {
            access.reset();
        }
    }

    /// The security instance of a session: of the bootstrap account, or of the session's management server.
    pub fn security_of(&self, session: u8, bootstrap: bool) -> Option<SecurityInstance<'_>> {
        if bootstrap {
            return self.security.bootstrap();
        }
        let server = self.server.of_session(session)?;
        self.security.of_server(server.short_server_id())
    }

    /// Where a session leads.
    pub fn account_of(&self, session: u8, bootstrap: bool) -> Option<Account<'_>> {
        self.security.account(self.security_of(session, bootstrap)?)
    }

    /// Whether the accounts can be used as they are: at least one management server, each with an address, keys and a
    /// lifetime, no short server id twice, nothing left over, at most one bootstrap account (OMA LwM2M TS Core 6.1.7.8).
    pub fn accounts_are_consistent(&self) -> bool {
        let servers = self.server.count();
        let bootstrap = self.security.all().filter(|own| own.is_bootstrap());
        let bootstrap = bootstrap.count();
        if servers == 0 || bootstrap > 1 || self.security.count() != servers + bootstrap {
            return false;
        }
        self.security
            .all()
            .all(|own| self.security.is_complete(own))
            && self.server.all().all(|server| {
                let id = server.short_server_id();
                let same = self.server.all().filter(|own| own.short_server_id() == id);
                id != 0
                    && server.lifetime() > 0
                    && same.count() == 1
                    && self.security.of_server(id).is_some()
            })
    }

    /// Whether there is a bootstrap account that can be used, and nothing else.
    pub fn can_only_bootstrap(&self) -> bool {
        let only = |own| self.security.is_complete(own) && self.security.count() == 1;
        self.security.bootstrap().is_some_and(only) && self.server.count() == 0
    }

    /// The accounts are in force now: nothing that was written to make them is a change.
    pub fn accounts_settled(&mut self) {
        self.server.settled();
        self.access_changed();
        self.server.can_bootstrap = self.security.bootstrap().is_some();
    }
}
