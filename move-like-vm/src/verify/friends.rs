//! Friends of a module are other modules at its own address.
//!
//! Refuses a module that is its own friend (`INVALID_FRIEND_DECL_WITH_SELF`): it may call itself
//! anyway. Refuses a friend elsewhere (`INVALID_FRIEND_DECL_WITH_MODULES_OUTSIDE_ACCOUNT_ADDRESS`):
//! friends reach functions that the public does not, so both are in one hand.
//!
//! # Place      tables -> [friends] <- verify
//! # Invariants the module itself is looked for before any address is compared
//! # Absent     whether a friend exists, cycles, and friends among dependencies: `link`

use crate::fault::{Fault, Place};
use crate::format::{CompiledModule, TableKind};
use crate::status::Status;

/// Checks the friends of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    let tables = module.tables();
    let own = tables.module_handle(module.self_module_handle)?;
    let at = |index| Place::Entry { table: TableKind::FriendDeclarations, index };
    if let Some(index) = tables.friend_declarations.iter().position(|friend| friend == own) {
        return Err(Fault::new(Status::InvalidFriendDeclWithSelf).at(at(index)));
    }
    let own_address = tables.address(own.address)?;
    for (index, friend) in tables.friend_declarations.iter().enumerate() {
        if tables.address(friend.address)? != own_address {
            let status = Status::InvalidFriendDeclWithModulesOutsideAccountAddress;
            return Err(Fault::new(status).at(at(index)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fault::{Fault, Place};
    use crate::format::TableKind;
    use crate::status::Status;
    use crate::testing::Builder;

    fn check(friends: &[(u8, &str)]) -> Result<(), Fault> {
        let mut builder = Builder::module(1, "M");
        for (address, name) in friends {
            builder.friend(*address, name);
        }
        super::module(&builder.build())
    }

    fn refused(status: Status, index: usize) -> Result<(), Fault> {
        let place = Place::Entry { table: TableKind::FriendDeclarations, index };
        Err(Fault::new(status).at(place))
    }

    #[test]
    fn friends_are_other_modules_at_the_same_address() {
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&[(1, "N"), (1, "O")]), Ok(()));
        assert_eq!(check(&[(1, "N"), (1, "M")]), refused(Status::InvalidFriendDeclWithSelf, 1));
        let outside = Status::InvalidFriendDeclWithModulesOutsideAccountAddress;
        assert_eq!(check(&[(1, "N"), (2, "M")]), refused(outside, 1));
    }

    #[test]
    fn the_module_itself_is_looked_for_first() {
        assert_eq!(check(&[(2, "N"), (1, "M")]), refused(Status::InvalidFriendDeclWithSelf, 1));
    }
}
