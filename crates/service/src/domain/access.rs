//! What a token allows, whatever thread it is used on (reference 5.1).

/// A scope that a token is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything about chat.
    Chat,
    /// All but creating, updating and deleting threads.
    ChatJoin,
    /// As [`Scope::ChatJoin`], without adding and removing participants.
    ChatJoinLimited,
    /// Calls; nothing of chat.
    Voip,
    /// Joining calls; nothing of chat.
    VoipJoin,
}

impl Scope {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Chat, Self::ChatJoin, Self::ChatJoinLimited, Self::Voip, Self::VoipJoin];

    /// Its name on the wire.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::ChatJoin => "chat.join",
            Self::ChatJoinLimited => "chat.join.limited",
            Self::Voip => "voip",
            Self::VoipJoin => "voip.join",
        }
    }

    /// The scope of this name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What an operation does, as far as scopes tell operations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Create, update or delete a thread.
    ManageThread,
    /// Add or remove participants.
    ManageParticipants,
    /// Everything else: read, send, edit, acknowledge.
    TakePart,
}

/// Whether any of the scopes allows the action.
#[must_use]
pub(crate) fn allows(scopes: &[Scope], action: Action) -> bool {
    scopes.iter().any(|scope| match scope {
        Scope::Chat => true,
        Scope::ChatJoin => action != Action::ManageThread,
        Scope::ChatJoinLimited => action == Action::TakePart,
        Scope::Voip | Scope::VoipJoin => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{ManageParticipants, ManageThread, TakePart};

    #[test]
    fn each_scope_allows_what_the_contract_says() {
        let allowed =
            |scope| [ManageThread, ManageParticipants, TakePart].map(|action| allows(&[scope], action));
        assert_eq!(allowed(Scope::Chat), [true, true, true]);
        assert_eq!(allowed(Scope::ChatJoin), [false, true, true]);
        assert_eq!(allowed(Scope::ChatJoinLimited), [false, false, true]);
        assert_eq!(allowed(Scope::Voip), [false, false, false]);
        assert_eq!(allowed(Scope::VoipJoin), [false, false, false]);
        assert!(allows(&[Scope::Voip, Scope::Chat], ManageThread));
        assert!(!allows(&[], TakePart));
    }

    #[test]
    fn names_go_both_ways() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_name(scope.name()), Some(scope));
        }
        assert_eq!(Scope::from_name("Chat"), None);
    }
}
