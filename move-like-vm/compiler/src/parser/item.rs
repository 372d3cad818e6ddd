//! Modules, scripts and their members.

use move_like_vm::format::{Abilities, Ability, Visibility};

use super::{Kind, Parsed, Parser};
use crate::ast::{
    AddressName, Attribute, Constant, Definition, Function, Member, Module, Name, Path, Script,
    Struct, TypeParameter, Use, UseMembers,
};
use crate::diagnostic::Code;

/// What a member may begin with.
const MEMBER_STARTS: [&str; 11] =
    ["use", "friend", "const", "struct", "fun", "public", "entry", "native", "spec", "inline", "#"];

/// What stands in front of `fun` or `struct`.
#[derive(Default)]
struct Modifiers {
    visibility: Option<Visibility>,
    is_entry: bool,
    is_native: bool,
    is_inline: bool,
}

impl Parser<'_, '_, '_> {
    pub(super) fn definition(&mut self, definitions: &mut Vec<Definition>) -> Parsed<()> {
        let attributes = self.attributes()?;
        if self.take("address") {
            let address = self.address_name()?;
            self.expect("{")?;
            while !self.take("}") {
                let attributes = self.attributes()?;
                if self.at("spec") {
                    self.specification()?;
                    continue;
                }
                self.expect("module")?;
                let module = self.module(attributes, Some(&address))?;
                definitions.push(Definition::Module(module));
            }
            return Ok(());
        }
        if self.take("module") {
            let module = self.module(attributes, None)?;
            definitions.push(Definition::Module(module));
            return Ok(());
        }
        if self.at("script") {
            let start = self.advance().span;
            let members = self.members()?;
            let span = self.since(start);
            definitions.push(Definition::Script(Script { attributes, members, span }));
            return Ok(());
        }
        if self.at("spec") {
            return self.specification();
        }
        Err(self.unexpected("`module`, `script` or `address`"))
    }

    /// Behind `module`.
    fn module(
        &mut self,
        attributes: Vec<Attribute>,
        outer: Option<&AddressName>,
    ) -> Parsed<Module> {
        let (address, name) = match outer {
            Some(address) if !self.at_second("::") => (address.clone(), self.name()?),
            _ => {
                let address = self.address_name()?;
                self.expect("::")?;
                (address, self.name()?)
            }
        };
        let members = self.members()?;
        Ok(Module { attributes, address, name, members })
    }

    fn members(&mut self) -> Parsed<Vec<Member>> {
        self.expect("{")?;
        let inside = self.braces;
        let mut members = Vec::new();
        loop {
            if self.is_at_end() {
                return Err(self.unexpected("`}`"));
            }
            if self.braces == inside && self.take("}") {
                return Ok(members);
            }
            let before = self.at;
            match self.member() {
                Ok(member) => members.extend(member),
                Err(finding) => {
                    self.findings.push(finding);
                    if self.at == before {
                        self.advance();
                    }
                    self.recover(inside, &MEMBER_STARTS);
                    if self.braces < inside {
                        return Ok(members);
                    }
                }
            }
        }
    }

    /// A member; none where it is a specification.
    fn member(&mut self) -> Parsed<Option<Member>> {
        let attributes = self.attributes()?;
        if self.at("spec") {
            self.specification()?;
            return Ok(None);
        }
        if self.at("use") {
            return Ok(Some(Member::Use(self.use_(attributes)?)));
        }
        if self.take("friend") {
            let path = self.path()?;
            self.expect(";")?;
            return Ok(Some(Member::Friend(attributes, path)));
        }
        if self.take("const") {
            let name = self.name()?;
            self.expect(":")?;
            let type_ = self.type_()?;
            self.expect("=")?;
            let value = self.expression()?;
            self.expect(";")?;
            return Ok(Some(Member::Constant(Constant { attributes, name, type_, value })));
        }
        let modifiers = self.modifiers()?;
        if self.take("struct") {
            return Ok(Some(Member::Struct(self.struct_(attributes, &modifiers)?)));
        }
        if modifiers.is_inline && self.take("fun") {
            return Ok(Some(Member::Inline(self.function(attributes, &modifiers)?)));
        }
        if self.take("fun") {
            return Ok(Some(Member::Function(self.function(attributes, &modifiers)?)));
        }
        Err(self.unexpected("a member: `use`, `friend`, `const`, `struct` or `fun`"))
    }

    fn modifiers(&mut self) -> Parsed<Modifiers> {
        let mut modifiers = Modifiers::default();
        loop {
            let span = self.peek().span;
            let twice = if self.take("public") {
                let (visibility, is_entry) = self.visibility()?;
                modifiers.is_entry |= is_entry;
                modifiers.visibility.replace(visibility).is_some()
            } else if self.take("native") {
                std::mem::replace(&mut modifiers.is_native, true)
            } else if self.take("entry") {
                std::mem::replace(&mut modifiers.is_entry, true)
            } else if self.take("inline") {
                std::mem::replace(&mut modifiers.is_inline, true)
            } else {
                return Ok(modifiers);
            };
            if twice {
                return Err(self.fault(Code::Syntax, span, "this is said twice"));
            }
        }
    }

    /// Behind `public`: the visibility, and whether it is that of a script function.
    fn visibility(&mut self) -> Parsed<(Visibility, bool)> {
        if !self.take("(") {
            return Ok((Visibility::Public, false));
        }
        let result = if self.take("friend") {
            (Visibility::Friend, false)
        } else if self.take("script") {
            // the older way to write `public entry`
            (Visibility::Public, true)
        } else {
            return Err(self.unexpected("`friend` or `script`"));
        };
        self.expect(")")?;
        Ok(result)
    }

    fn struct_(&mut self, attributes: Vec<Attribute>, modifiers: &Modifiers) -> Parsed<Struct> {
        let name = self.name()?;
        if modifiers.visibility.is_some() || modifiers.is_entry || modifiers.is_inline {
            return Err(self.fault(
                Code::Syntax,
                name.span,
                "a struct is only `native` or nothing",
            ));
        }
        let type_parameters = self.type_parameters(true)?;
        let abilities = if self.take("has") { self.ability_list()? } else { Abilities::NONE };
        let fields = if modifiers.is_native {
            self.expect(";")?;
            None
        } else {
            self.expect("{")?;
            Some(self.list("}", |parser| {
                let name = parser.name()?;
                parser.expect(":")?;
                Ok((name, parser.type_()?))
            })?)
        };
        Ok(Struct { attributes, name, abilities, type_parameters, fields })
    }

    /// `copy, drop` up to a brace or semicolon.
    fn ability_list(&mut self) -> Parsed<Abilities> {
        let mut abilities = Abilities::NONE;
        loop {
            abilities = abilities.with(self.ability()?);
            if !self.take(",") {
                return Ok(abilities);
            }
        }
    }

    fn ability(&mut self) -> Parsed<Ability> {
        let ability = match self.peek().text {
            "copy" => Ability::Copy,
            "drop" => Ability::Drop,
            "store" => Ability::Store,
            "key" => Ability::Key,
            _ => return Err(self.unexpected("`copy`, `drop`, `store` or `key`")),
        };
        self.advance();
        Ok(ability)
    }

    fn type_parameters(&mut self, phantom: bool) -> Parsed<Vec<TypeParameter>> {
        if !self.take("<") {
            return Ok(Vec::new());
        }
        self.list(">", |parser| {
            let is_phantom = phantom
                && parser.at("phantom")
                && parser.peek_second().kind == Kind::Word
                && parser.take("phantom");
            let name = parser.name()?;
            let mut constraints = Abilities::NONE;
            if parser.take(":") {
                loop {
                    constraints = constraints.with(parser.ability()?);
                    if !parser.take("+") {
                        break;
                    }
                }
            }
            Ok(TypeParameter { name, constraints, is_phantom })
        })
    }

    fn function(&mut self, attributes: Vec<Attribute>, modifiers: &Modifiers) -> Parsed<Function> {
        let name = self.name()?;
        let type_parameters = self.type_parameters(false)?;
        self.expect("(")?;
        let parameters = self.list(")", |parser| {
            let name = parser.name()?;
            parser.expect(":")?;
            Ok((name, parser.type_()?))
        })?;
        let returns = if self.take(":") { Some(self.type_()?) } else { None };
        let mut acquires = Vec::new();
        if self.take("acquires") {
            loop {
                let path = self.path()?;
                let types = if self.at("<") { self.type_arguments()? } else { Vec::new() };
                acquires.push((path, types));
                if !self.take(",") || self.at("{") || self.at(";") {
                    break;
                }
            }
        }
        let body = if modifiers.is_native {
            self.expect(";")?;
            None
        } else {
            Some(self.block()?)
        };
        Ok(Function {
            attributes,
            name,
            visibility: modifiers.visibility.unwrap_or(Visibility::Private),
            is_entry: modifiers.is_entry,
            type_parameters,
            parameters,
            returns,
            acquires,
            body,
        })
    }

    /// `use a::m;`, `use a::m as n;`, `use a::m::f as g;`, `use a::m::{Self, f as g};`
    pub(super) fn use_(&mut self, attributes: Vec<Attribute>) -> Parsed<Use> {
        self.expect("use")?;
        let address = self.address_name()?;
        self.expect("::")?;
        let module = self.name()?;
        let members = if self.take("::") {
            if self.take("{") {
                UseMembers::Members(self.list("}", Self::use_member)?)
            } else {
                UseMembers::Members(vec![self.use_member()?])
            }
        } else {
            UseMembers::Module(self.alias()?)
        };
        self.expect(";")?;
        Ok(Use { attributes, address, module, members })
    }

    fn use_member(&mut self) -> Parsed<(Name, Option<Name>)> {
        Ok((self.name()?, self.alias()?))
    }

    fn alias(&mut self) -> Parsed<Option<Name>> {
        if self.take("as") { Ok(Some(self.name()?)) } else { Ok(None) }
    }
}

impl Path {
    /// The words of the path with `::` between them, for messages.
    pub(crate) fn text(&self) -> String {
        let words: Vec<&str> = self.names.iter().map(|name| name.text.as_str()).collect();
        words.join("::")
    }
}
