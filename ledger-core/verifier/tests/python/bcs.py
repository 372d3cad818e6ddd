"""BCS (rule W1) and the types of docs/spec/wire.md, in that document's own notation.

decode("receipt", data) gives a value, encode("receipt", value) its bytes again. Structs are dicts,
tuples and fixed arrays are tuples, options are None or the value, and enums are Variant(name, value).
"""

import functools
import re
import unicodedata
from typing import NamedTuple

TYPES = """
money = {currency, minor: u128}
leg = {instructing: LEI, uetr: bytes[16], kind: message_kind, instructed: LEI}
payment = {leg, debit: hash, debtor: hash, money, message: hash}
gate = {payment: hash, list_version: hash, rule_version: u32, expires: time}
acceptance = {payment: hash, credit: hash, creditor: hash, expires: time}
consent = {to: hash, expires: time}
signature = bytes[64]
signed_gate = {value: gate, key: hash, signature}
signed_acceptance = {value: acceptance, key: hash, signature}
signed_consent = {value: consent, key: hash, signature}
set_leg = {payment, credit: hash, creditor: hash}
bulk_payment = {uetr: bytes[16], debtor: hash, credit: hash, creditor: hash, minor: u128, message: hash}
group = {instructed: LEI, payments: list<bulk_payment>}
units = {asset, count: u128}
delivery = {delivering: LEI, uetr: bytes[16], receiving: LEI, from: hash, deliverer: hash, units, message: hash}
unit_leg = {delivery, credit: hash, receiver: hash}

role_key = {key: hash, role, person: bytes[16], organisation: LEI}
directory_entry = {lei: LEI, aliases: list<text>, endpoint: text, encryption: hash, keys: list<role_key>}
caps = {all: option<u128>, custodian: option<u128>, trustee: option<u128>, agent: option<u128>}
calendar = {weekend: u8, holidays: list<u32>}
mint_terms = {allowance: option<u128>, window: u64, caps, concentration: u16, max_age: u64, calendar}
limits = {per_payment: option<u128>, per_window: option<u128>}
payment_terms = {window: u64, basic: limits, full: limits, enhanced: limits}
movement_terms = {payee_clearance: option<u128>, sender: option<hash>, recipient: option<hash>, mint_recipient: option<hash>}
order = {from: hash, party: option<hash>, money, disposal, reference: text}
rotation = {old: hash, new: hash, overlap: u64}
step = {from: u128, persons: u8}
key_terms = {window: u64, per_command: option<u128>, per_window: option<u128>}
queue_limit = {counterparty: LEI, minor: u128}
queue_terms = {bypass: bool, limits: list<queue_limit>}
named = {name: hash, account: hash, party: hash, cap: u128}
call = {address: hash, module: text, function: text, types: list<list<u8>>, arguments: list<list<u8>>, gas_limit: u64, records: u16, signers: list<hash>, holders: list<named>, until: u64, nonce: hash}
validator = {name: text, identity: hash, vote_key: bytes[96], proof_of_possession: bytes[48]}
committee_change = {remove: list<hash>, add: list<validator>, at: u64}
asset_terms = {code: asset, name: text, scale: u8, registrar: LEI}
approval = {proposal: hash, content: hash, policy_version: u32}
attestation = {reserve: hash, balance: u128, available: u128, as_of: time, last_entry: u64, statement: hash, previous: hash}
post = {leg: hash, acceptance: signed_acceptance}
clear = {by: cleared_by, payment: hash, list_version: hash, rule_version: u32, expires: time}

signed_command = {body, signatures: list<signature>}
body = {chain: hash, organisation: LEI, signers: list<hash>, nonce: hash, expires: time, command}

freeze_target = account hash | customer hash | minting currency | currency currency
cleared_by = payer | payee
policy_mode = allow | deny
policy_subject = member LEI | customer hash
disposal = block hash | deliver hash | burn
message_kind = pacs.008 | pacs.009 | pacs.004 | sese.023
asset_status = active | suspended | matured
surrender_state = open | cancelled | reclaimed
bulk_mode = whole | each
level = none | basic | full | enhanced
standing_status = active | revoked
direction = credit | debit
counterparty = member LEI | internal | other
evidence_class = custodian | trustee | agent
void_reason = rejected | withdrawn | expired | not_released
role = operator | treasury | network_compliance | regulator | custodian | agent | settlement | gate | compliance | admin | transport | emergency | solver | registrar
account_status = active | frozen
member_status = active | suspended
proposal_status = open | executed | before_members

log_head = {count: u64, root: hash}
balances = {available: u128, held: u128, preburned: u128}
account = {id: hash, member: LEI, currency, status: account_status, balances, journal: log_head}
holdings = {member: LEI, accounts: log_head, customers: log_head}
totals = {supply: u128, available: u128, held: u128, preburned: u128, contract: u128, frozen: u128}
currency_record = {code: currency, scale: u8, issuer: LEI, totals, paid: u128, reserves: list<hash>, journal: log_head}
movement = {command: hash, kind: movement_kind, minor: u128}
movement_kind = minted | held | released | paid_from_hold | paid | received | preburned | preburn_released | burned | seized | moved_out | moved_in | into_vault | from_vault
journal_entry = {height: u64, time, movements: log_head, balances}
part = {account: hash, number: u8, minor: u128}
sum_node = {hash, minor: u128}
statement = {chain: hash, currency, height: u64, parts: u64, root: sum_node}

context = {epoch: u64, view: u64, parent_view: u64, leader: hash}
results = {height: u64, state_root: hash, history_root: hash}
header = {version: u16, chain: hash, context, height: u64, parent: hash, time, payload: hash, results, committee: hash, next_committee: hash}
history_leaf = {height: u64, digest: hash, receipts: log_head, state_root: hash}
state_head = {slots: u64, free: option<u64>, tree: hash}
receipt = {version: u8, height: u64, index: u32, entered: time, irrevocable: time, command: hash, organisation: LEI, kind, outcome, leg: option<leg>, debit: option<hash>, credit: option<hash>, money: option<money>, parties: list<LEI>, run: option<run>}
run = {gas_used: u64, status: u16, code: option<u64>, place: option<code_place>, events: list<event>}
code_place = {module: hash, function: u16, instruction: u16}
event = {type: list<u8>, value: list<u8>}
kind = propose | approve | set_standing | attest | record_entry | request_mint | hold | post | void | transfer | close | preburn | cancel_redemption | freeze | anchor | confirm_credit | return | post_part | settle | bulk | schedule | release | clear | move | enqueue | requeue | set_queue_terms | settle_queued | deliver | exchange | surrender | reclaim | withdraw_approval | invoke | accuse | halt
outcome = applied effect | refused refusal
effect = proposed | approved | executed | minted | standing_set | attested | entry_recorded | mint_requested | held | settled | voided void_reason | closed_unsettled | closed_settled | preburned | redemption_cancelled | payout_instructed | burned | payout_cancelled | frozen | unfrozen | key_revoked | anchored | credit_confirmed | scheduled | cleared | seized | burned_by_order | moved | queued | requeued | queue_terms_set | units_issued units | units_delivered units | units_surrendered units | units_reclaimed units | units_cancelled units | approval_withdrawn | invoked | misconduct_recorded | network_halted | network_resumed
refusal = key_unknown | key_revoked | wrong_organisation | wrong_role | member_unknown | member_suspended | proposal_unknown | proposal_not_yours | proposal_executed | proposal_expired | approval_content_mismatch | approval_policy_mismatch | same_person | directory_malformed | already_exists | currency_unknown | key_unacceptable | role_conflict | custodian_is_issuer | out_of_range | reserves_full | party_not_yours | reserve_unknown | not_the_custodian | attestation_from_future | attestation_older | attestation_chain | attestation_entry | entry_duplicate | entry_sequence | amount_zero | mint_request_unknown | mint_request_used | bank_entry_unknown | bank_entry_used | bank_entry_not_external_credit | third_party_payer | bank_entry_mismatch | not_the_issuer | attestation_stale | reserve_short | uetr_malformed | same_member | leg_used | leg_unknown | leg_not_held | hold_expired | hold_not_expired | not_your_leg | gate_mismatch | gate_expired | acceptance_mismatch | acceptance_expired | account_unknown | not_your_account | account_frozen | currency_mismatch | standing_missing | standing_revoked | standing_expired | counterparty_not_eligible | insufficient_funds | amount_overflow | internal_fault | redemption_unknown | redemption_ended | payout_instructed | payout_booked | bank_entry_not_external_debit | third_party_payee | party_unknown | already_frozen | not_frozen | key_not_active | operators_too_few | leg_not_settled | credit_already_confirmed | return_mismatch | return_exceeds_payment | leg_not_scheduled | not_due | minting_off | allowance_exceeded | mint_cap_reached | custodian_concentration | payment_limit | window_limit | currency_frozen | screening_outdated | payee_clearance_missing | policy_forbids | policy_unknown | list_unknown | member_not_suspended | signers_too_few | key_command_limit | key_window_limit | sub_accounts_full | same_account | queue_full | leg_not_queued | queue_height_out_of_reach | queue_order | counterparty_limit | asset_unknown | not_the_registrar | asset_suspended | asset_matured | surrender_unknown | surrender_ended | quota_exceeded | proposal_not_open | already_voted | not_voted | notice_too_short | changes_full | validator_unknown | vault_not_empty | vault_owner_mismatch | cap_exceeded | payee_not_named | call_used | call_expired | module_refused | call_failed | offences_full | evidence_invalid | ledger_halted | not_halted | quarantined

genesis_limits = {block_bytes: u32, block_units: u32, command_ttl_ms: u64, attestation_max_age_ms: u64, organisation_share: u16, growth_quota: u32}
genesis_currency = {code: currency, scale: u8, issuer: LEI}
thresholds = {operator: u8, treasury: u8}
genesis = {format: text, name: text, time, epoch: u64, epoch_length: u64, limits: genesis_limits, validators: list<validator>, currencies: list<genesis_currency>, members: list<directory_entry>, role_keys: list<role_key>, thresholds}
committee_of = {epoch: u64, validators: list<validator>}
handover = {header, certificate: list<u8>, validators: list<validator>}

party_name = {customer: hash, currency}
sequence_name = {reserve: hash, number: u64}
clearance_name = {payment: hash, member: LEI, by: cleared_by}
policy_entry_name = {policy: hash, subject: policy_subject}
key_limits_name = {person: bytes[16], currency}
position_name = {account: hash, asset}
name = origin | chain | currency currency | member LEI | holdings LEI | account hash | party hash | person bytes[16] | key hash | reserve hash | entry hash | request hash | proposal hash | leg hash | window u64 | sequence sequence_name | redemption hash | operators | anchors LEI | mint_controls currency | payment_terms currency | spent party_name | movement_controls currency | screening_terms | screening_list hash | clearance clearance_name | seizure hash | policy hash | policy_entry policy_entry_name | member_policy LEI | account_policy hash | key_limits key_limits_name | sub-account hash | sub-accounts hash | queue hash | asset asset | position position_name | surrender hash | growth LEI | parameters | membership | ballot hash | committee | vault hash | module hash | resource hash | misconduct hash | expelled | halt | quarantine u64

command_group = {mode: bulk_mode, kind: message_kind, currency, debit: hash, groups: list<group>, gate: signed_gate, consents: list<signed_consent>}
propose_ = {action, expires: time}
standing_ = {party: hash, level, status: standing_status, expires: time, evidence: hash}
bank_entry_ = {reserve: hash, sequence: u64, servicer_reference: text, detail: u32, direction, minor: u128, counterparty, booked: time, reference: text}
mint_request_ = {account: hash, money, reserve: hash, reference: text}
hold_ = {payment, gate: signed_gate, expires: time}
void_ = {leg: hash, reason: void_reason}
transfer_ = {payment, gate: signed_gate, acceptance: signed_acceptance}
preburn_ = {account: hash, money, reserve: hash}
freeze_ = {target: freeze_target, reference: text}
confirm_credit_ = {leg: hash, at: time}
return_ = {payment, original: hash, gate: signed_gate}
post_part_ = {post, minor: u128}
settle_ = {legs: list<set_leg>, gates: list<signed_gate>, consents: list<signed_consent>}
schedule_ = {payment, gate: signed_gate, acceptance: signed_acceptance, at: time}
move_ = {from: hash, to: hash, money}
enqueue_ = {payment, gate: signed_gate, acceptance: signed_acceptance, priority: u32, expires: time}
requeue_ = {leg: hash, priority: u32}
set_queue_terms_ = {account: hash, terms: queue_terms}
settle_queued_ = {height: u64, legs: list<hash>}
deliver_ = {delivery, acceptance: signed_acceptance}
exchange_ = {payments: list<set_leg>, deliveries: list<unit_leg>, gates: list<signed_gate>, consents: list<signed_consent>}
surrender_ = {account: hash, units}
said = {parent_view: u64, digest: hash, signature: bytes[48]}
said_pair = {one: said, other: said}
skip_and_finalize = {skip: bytes[48], finalize: said}
votes = notarize said_pair | finalize said_pair | skip_and_finalize skip_and_finalize
evidence = {validator: hash, epoch: u64, view: u64, votes}
invoke_ = {call, gates: list<signed_gate>, consents: list<signed_consent>}
command = propose propose_ | approve approval | set_standing standing_ | attest attestation | record_entry bank_entry_ | request_mint mint_request_ | hold hold_ | post post | void void_ | transfer transfer_ | close leg | preburn preburn_ | cancel_redemption hash | freeze freeze_ | anchor hash | confirm_credit confirm_credit_ | return return_ | post_part post_part_ | settle settle_ | bulk command_group | schedule schedule_ | release hash | clear clear | move move_ | enqueue enqueue_ | requeue requeue_ | set_queue_terms set_queue_terms_ | settle_queued settle_queued_ | deliver deliver_ | exchange exchange_ | surrender surrender_ | reclaim hash | withdraw_approval hash | invoke invoke_ | accuse evidence | halt text

open_account_ = {member: LEI, currency, blind: hash}
register_reserve_ = {custodian: LEI, currency, account: hash, class: evidence_class, haircut: u16}
mint_ = {request: hash, entry: hash}
confirm_payout_ = {redemption: hash, entry: hash}
mint_terms_ = {currency, terms: mint_terms}
payment_terms_ = {currency, terms: payment_terms}
set_screening_ = {oldest: option<hash>, rule_version: u32}
movement_terms_ = {currency, terms: movement_terms}
create_policy_ = {policy: hash, mode: policy_mode}
list_in_policy_ = {policy: hash, subjects: list<policy_subject>, listed: bool}
role_policy_ = {role, persons: u8}
account_policy = {account: hash, steps: list<step>}
key_limits_ = {key: hash, currency, terms: key_terms}
open_sub_account_ = {parent: hash, blind: hash, label: hash}
asset_status_ = {asset, status: asset_status}
change_parameters_ = {changes: list<change>, at: u64}
vote_ = {said: approval, yes: bool}
publish_modules_ = {address: hash, modules: list<list<u8>>}
halt_network_ = {until: time, reference: text}
action = admit_member directory_entry | open_account open_account_ | register_reserve register_reserve_ | register_key role_key | mint mint_ | instruct_payout hash | confirm_payout confirm_payout_ | cancel_payout hash | unfreeze freeze_target | revoke_key hash | set_mint_terms mint_terms_ | set_payment_terms payment_terms_ | register_list hash | set_screening set_screening_ | set_movement_terms movement_terms_ | seize order | create_policy create_policy_ | list_in_policy list_in_policy_ | suspend_member LEI | reinstate_member LEI | rotate_key rotation | rotate_own_key rotation | register_own_key role_key | revoke_own_key hash | set_role_policy role_policy_ | set_account_policy account_policy | set_key_limits key_limits_ | open_sub_account open_sub_account_ | register_asset asset_terms | set_asset_status asset_status_ | issue_units surrender_ | cancel_units hash | change_parameters change_parameters_ | change_validators committee_change | vote vote_ | publish_modules publish_modules_ | halt_network halt_network_ | resume_network u64
persons_ = {kind: proposal_kind, persons: u8}
change = block_bytes u32 | block_units u32 | command_ttl u64 | attestation_max_age u64 | persons persons_ | growth_quota u32
proposal_kind = admit_member | open_account | register_reserve | register_key | grant_role | revoke_key | rotate_key | suspend_member | reinstate_member | set_mint_terms | set_payment_terms | mint | instruct_payout | confirm_payout | cancel_payout | unfreeze | register_list | set_screening | set_movement_terms | seize | create_policy | list_in_policy | change_limits | change_thresholds | change_validators | register_asset | set_asset_status | issue_units | cancel_units | publish_contract | publish_standard | halt_network | resume_network

held_ = {payment, entered: time, expires: time}
settled_ = {debit: hash, debtor: hash, credit: hash, creditor: hash, money, returned: u128, height: u64}
scheduled_ = {payment, credit: hash, creditor: hash, entered: time, at: time}
queued_ = {payment, credit: hash, creditor: hash, entered: time, expires: time}
delivered_ = {from: hash, deliverer: hash, credit: hash, receiver: hash, units, height: u64}
leg_state = held held_ | settled settled_ | voided void_reason | closed | scheduled scheduled_ | queued queued_ | delivered delivered_
leg_record = {leg, state: leg_state, credited: option<time>}

chain_record = {chain: hash, blinding: hash}
retiring = {key: hash, until: time}
member_record = {directory: directory_entry, status: member_status, retiring: list<retiring>}
party_record = {party: hash, member: LEI, level, status: standing_status, expires: time, evidence: hash, frozen: bool}
person_record = {person: bytes[16], organisation: LEI, roles: u16}
key_record = {key: role_key, active: bool, until: option<time>}
turnover = {credits: u128, debits: u128}
attested = {attestation, turnover}
books = {haircut: u16, entries: u64, turnover, attested: option<attested>}
reserve_record = {id: hash, custodian: LEI, issuer: LEI, currency, class: evidence_class, books, journal: log_head}
entry_record = {id: hash, entry: bank_entry_, turnover, used: bool}
request_record = {id: hash, member: LEI, request: mint_request_, entered: time, used: bool}
proposal_record = {id: hash, organisation: LEI, action, content: hash, policy_version: u32, approvals: list<hash>, expires: time, status: proposal_status}
window_record = {height: u64, until: time, ids: log_head}
redemption_state = locked | instructed | burned hash | cancelled
redemption_record = {id: hash, member: LEI, account: hash, money, reserve: hash, entered: time, after: u64, paid: option<hash>, state: redemption_state}
anchors_record = {member: LEI, roots: log_head}
sums_by_class = {custodian: u128, trustee: u128, agent: u128}
mint_controls = {currency, terms: mint_terms, stopped: bool, minted: u128, bucket: u64, sums: 25 of sums_by_class}
payment_terms_record = {currency, terms: payment_terms, since: time}
spent = {party: hash, currency, bucket_length: u64, bucket: u64, sums: 25 of u128}
movement_controls = {currency, stopped: bool, terms: movement_terms}
screening_terms = {lists: u64, minimum: u64, rule_version: u32}
screening_list = {list: hash, sequence: u64, registered: time}
clearance = {member: LEI, clear}
seizure = {id: hash, organisation: LEI, member: LEI, order, time}
policy = {id: hash, mode: policy_mode, listed: u64}
policy_entry = {policy: hash, subject: policy_subject, listed: bool}
member_policy = {member: LEI, version: u32, settlement: u8, admin: u8}
key_limits = {person: bytes[16], currency, terms: key_terms, bucket: u64, sums: 25 of u128}
sub_account = {account: hash, parent: hash, label: hash}
sub_accounts = {parent: hash, accounts: list<hash>}
queue_place = {leg: hash, priority: u32, sequence: u64, since: u64}
queue = {account: hash, member: LEI, next: u64, terms: queue_terms, places: list<queue_place>}
asset_record = {terms: asset_terms, status: asset_status, issued: u128, available: u128, held: u128, surrendered: u128, journal: log_head}
position = {account: hash, member: LEI, asset, balances, journal: log_head}
surrender = {id: hash, member: LEI, account: hash, units, entered: time, state: surrender_state}
made_lately = {bucket: u64, sums: 25 of u32}
growth = {organisation: LEI, business: made_lately, duties: made_lately}
pending = {at: u64, change}
parameter_values = {limits: genesis_limits, thresholds, persons: list<persons_>, version: u32, pending: list<pending>}
parameters = {values: parameter_values, currencies: list<currency>, journal: log_head}
membership = {active: u32}
ballot = {proposal: hash, votes: list<LEI>}
committee = {epoch: u64, epoch_length: u64, validators: list<validator>, next: option<committee_change>, journal: log_head}
holder = {name: hash, account: hash, member: LEI, party: hash}
vault = {id: hash, money, owner: holder, list_version: hash, rule_version: u32}
module = {address: hash, name: text, bytes: list<u8>, published: u64}
resource = {account: hash, type: list<u8>, bytes: list<u8>}
offence = {evidence, vote_key: bytes[96], height: u64, time}
misconduct = {validator: hash, offences: list<offence>}
halted_by = emergency | operators
halt_record = {number: u64, by: halted_by, height: u64, from: time, until: time, reference: text, resumed: option<u64>}
quarantine_ = {chain: hash, height: u64, block: hash, commands: list<hash>, reference: text}
signed_quarantine = {quarantine: quarantine_, by: list<key_signature>}
key_signature = {key: hash, signature}
record = origin | chain chain_record | currency currency_record | member member_record | holdings holdings | account account | party party_record | person person_record | key key_record | reserve reserve_record | entry entry_record | request request_record | proposal proposal_record | leg leg_record | window window_record | sequence hash | redemption redemption_record | operators list<hash> | anchors anchors_record | mint_controls mint_controls | payment_terms payment_terms_record | spent spent | movement_controls movement_controls | screening_terms screening_terms | screening_list screening_list | clearance clearance | seizure seizure | policy policy | policy_entry policy_entry | member_policy member_policy | account_policy account_policy | key_limits key_limits | sub-account sub_account | sub-accounts sub_accounts | queue queue | asset asset_record | position position | surrender surrender | growth growth | parameters parameters | membership membership | ballot ballot | committee committee | vault vault | module module | resource resource | misconduct misconduct | expelled list<bytes[96]> | halt halt_record | quarantine signed_quarantine
free_ = {next: option<u64>}
used_ = {key: hash, next: hash, record}
slot_content = free free_ | used used_
slot_leaf = {slot: u64, content: slot_content}

freshness = {max_age: u64, calendar}
totals_entry = {height: u64, time, minted: u128, burned: u128, totals, paid: u128, freshness}
books_entry = {height: u64, time, books}
asset_entry = {height: u64, time, status: asset_status, issued: u128, available: u128, held: u128, surrendered: u128}
parameters_entry = {height: u64, time, values: parameter_values}
next_committee = {height: u64, committee: hash}
committee_entry = {height: u64, time, epoch: u64, committee: hash, next: option<next_committee>}
anchor_entry = {height: u64, root: hash}

log_name = account hash | currency currency | member_accounts LEI | member_parties LEI | member_anchors LEI | reserve hash | asset asset | position position_name | parameters | committee
slot_use = {height: u64, slot: u64}
receipt_use = {height: u64, index: u32}
log_use = {height: u64, log: log_name, index: u64}
movement_use = {height: u64, account: hash, place: u64}
part_use = {height: u64, account: hash, part: u8}
unit_movement_use = {height: u64, account: hash, asset, place: u64}
salt_use = slot slot_use | receipt receipt_use | log log_use | movement movement_use | part part_use | cut part_use | unit_movement unit_movement_use
salt = {blinding: hash, use: salt_use}
blinding = {before: hash, height: u64, nonces: list<hash>}

field_of_case = debtor_name | debtor_account | debtor_address | debtor_identity | creditor_name | creditor_account | creditor_address | creditor_identity | purpose | relationship | source_of_funds | remittance | amount | value_date | charges | cover_reference | debtor_agent | creditor_agent | payment_status | credited_at
topic = SANC | AMLI | FCCI | FRAD | FWTR | UTEX
case_level = one | two | three
case_kind = RQFI topic | UTAP | CCNR | CONR | PINC | RQVA | RQUF | RQDA | ACCT | RQCH | RIMF | OTHR | cancel | modify | status
subject = {uetr: bytes[16], leg: hash}
case_identity = {chain: hash, payment: subject, requester: LEI, responder: LEI, nonce: hash}
opening = {kind: case_kind, level: option<case_level>, answer_by: time, nonce: hash, parent: option<hash>, hops: u8, follows: option<hash>}
forward_ = {child: hash, to: LEI}
answering = {outcome: code, relayed: option<hash>, rule: option<hash>}
act = open opening | accept | interim code | forward forward_ | answer answering | reject code | close | reopen time | withdraw | expire
seen = {count: u32, last: hash}
case_message = {chain: hash, case: hash, payment: subject, from: LEI, to: LEI, id: bytes[16], number: u32, previous: hash, seen, written: time, act, content: hash}
signed_case_message = {value: case_message, key: hash, signature}
given = {field: field_of_case, value: line}
document_mark = {name: line, media: text, bytes: u32, commitment: hash}
case_content = {reasons: list<code>, asked: list<field_of_case>, given: list<given>, lines: list<line>, documents: list<document_mark>}
case_document = {salt: hash, bytes: list<u8>}
refused_letter = {message: hash, code: text}
case_receipt = {chain: hash, case: hash, from: LEI, to: LEI, received: seen, refused: option<refused_letter>, at: time}
signed_case_receipt = {value: case_receipt, key: hash, signature}
case_row = {case: hash, message: hash, at: u64}

delivery_message = {chain: hash, from: LEI, to: LEI, payment, salt: hash, message: list<u8>}
delivered = {key: hash, signature}
rejected_because = {reason: text, code: text}
decision = pending | accepted signed_acceptance | rejected text | rejected_because rejected_because
delivery_answer = {chain: hash, leg: hash, message: hash, decision}
signed_delivery_answer = {value: delivery_answer, key: hash, signature}
exchange_row = {leg: hash, message: hash, answer: hash, at: u64}
"""


class Malformed(Exception):
    """Bytes that are no canonical value of their type."""


class Variant(NamedTuple):
    name: str
    value: object = None


class Octets(bytes):
    """A list<u8>, as opposed to bytes[n]."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        piece = self.data[self.at:self.at + size]
        if len(piece) != size:
            raise Malformed("cut short")
        self.at += size
        return piece

    def uleb(self):
        """ULEB128 of at most 32 bits, in its shortest form."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if (byte == 0 and shift > 7) or value >= 1 << 32:
            raise Malformed("padded or long length")
        return value


def uleb(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def require(held, what):
    if not held:
        raise Malformed(what)


def check_lei(data):
    require(re.fullmatch(rb"[A-Z0-9]{18}[0-9]{2}", data), "not an LEI")
    require(int("".join(str(int(chr(c), 36)) for c in data)) % 97 == 1, "check digits of an LEI")


def check_asset(data):
    require(re.fullmatch(rb"[A-Z]{2}[A-Z0-9]{9}[0-9]", data), "not an asset code")
    digits = "".join(str(int(chr(c), 36)) for c in data)
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    require(sum(d // 10 + d % 10 for d in doubled) % 10 == 0, "check digit of an asset code")


class Integer:
    def __init__(self, size):
        self.size = size

    def read(self, reader):
        return int.from_bytes(reader.take(self.size), "little")

    def write(self, value):
        return value.to_bytes(self.size, "little")


class Bool:
    def read(self, reader):
        byte = reader.take(1)[0]
        require(byte < 2, "not a bool")
        return byte == 1

    def write(self, value):
        return bytes([value])


class Fixed:
    def __init__(self, size):
        self.size = size

    def read(self, reader):
        return reader.take(self.size)

    def write(self, value):
        require(len(value) == self.size, "wrong length")
        return value


class Ascii(Fixed):
    """Characters of a fixed number that some rule allows."""

    def __init__(self, size, check):
        super().__init__(size)
        self.check = check

    def read(self, reader):
        data = reader.take(self.size)
        self.check(data)
        return data.decode("ascii")

    def write(self, value):
        data = value.encode("ascii", "replace")
        self.check(data)
        return data


class Text:
    def read(self, reader):
        data = reader.take(reader.uleb())
        require(re.fullmatch(rb"[!-~]{1,128}", data), "not a text")
        return data.decode("ascii")

    def write(self, value):
        require(re.fullmatch(r"[!-~]{1,128}", value), "not a text")
        return uleb(len(value)) + value.encode("ascii")


class Line:
    """1 to 140 characters in UTF-8, none of them a control."""

    def read(self, reader):
        data = reader.take(reader.uleb())
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("not UTF-8") from error
        return self.checked(text)

    def checked(self, text):
        controls = any(unicodedata.category(c) == "Cc" for c in text)
        require(1 <= len(text) <= 140 and not controls, "not a line")
        return text

    def write(self, value):
        data = self.checked(value).encode("utf-8")
        return uleb(len(data)) + data


class ListOf:
    def __init__(self, item):
        self.item = item

    def read(self, reader):
        count = reader.uleb()
        if isinstance(self.item, Integer) and self.item.size == 1:
            return Octets(reader.take(count))
        return [self.item.read(reader) for _ in range(count)]

    def write(self, value):
        return uleb(len(value)) + (value if isinstance(value, bytes) else b"".join(map(self.item.write, value)))


class OptionOf:
    def __init__(self, item):
        self.item = item

    def read(self, reader):
        return self.item.read(reader) if Bool().read(reader) else None

    def write(self, value):
        return b"\0" if value is None else b"\1" + self.item.write(value)


class Several:
    """A fixed number of items, one after the other without a length."""

    def __init__(self, count, item):
        self.count, self.item = count, item

    def read(self, reader):
        return [self.item.read(reader) for _ in range(self.count)]

    def write(self, value):
        require(len(value) == self.count, "wrong length")
        return b"".join(map(self.item.write, value))


class Struct:
    def __init__(self, fields):
        self.fields = fields

    def read(self, reader):
        return {name: kind.read(reader) for name, kind in self.fields}

    def write(self, value):
        return b"".join(kind.write(value[name]) for name, kind in self.fields)


class Enum:
    def __init__(self, variants):
        self.variants = variants

    def read(self, reader):
        index = reader.uleb()
        require(index < len(self.variants), "no such variant")
        name, kind = self.variants[index]
        return Variant(name, kind and kind.read(reader))

    @property
    def names(self):
        return [name for name, _ in self.variants]

    def write(self, variant):
        names = self.names
        require(variant.name in names, "no such variant")
        index = names.index(variant.name)
        kind = self.variants[index][1]
        return uleb(index) + (kind.write(variant.value) if kind else b"")


def check_currency(data):
    require(re.fullmatch(rb"[A-Z]{3}", data), "not a currency")


def check_code(data):
    require(re.fullmatch(rb"[A-Z0-9]{4}", data), "not a code")


PRIMITIVES = {
    **{f"u{bits}": Integer(bits // 8) for bits in (8, 16, 32, 64, 128)},
    "time": Integer(8),
    "bool": Bool(),
    "hash": Fixed(32),
    "text": Text(),
    "LEI": Ascii(20, check_lei),
    "currency": Ascii(3, check_currency),
    "asset": Ascii(12, check_asset),
    "code": Ascii(4, check_code),
    "line": Line(),
}
DEFINITIONS = dict(line.split(" = ", 1) for line in TYPES.splitlines() if " = " in line)


@functools.cache
def type_of(name):
    """The type that a name or an expression of the notation means."""
    if name in PRIMITIVES:
        return PRIMITIVES[name]
    if match := re.fullmatch(r"(list|option)<(.*)>", name):
        return (ListOf if match[1] == "list" else OptionOf)(type_of(match[2]))
    if match := re.fullmatch(r"(\d+) of (.*)", name):
        return Several(int(match[1]), type_of(match[2]))
    if match := re.fullmatch(r"bytes\[(\d+)\]", name):
        return Fixed(int(match[1]))
    definition = DEFINITIONS[name]
    if match := re.fullmatch(r"\{(.*)\}", definition):
        pairs = (field.partition(": ") for field in match[1].split(", "))
        return Struct([(field, type_of(kind or field)) for field, _, kind in pairs])
    if "|" in definition:
        parts = (part.strip().partition(" ") for part in definition.split("|"))
        return Enum([(part, type_of(kind) if kind else None) for part, _, kind in parts])
    return type_of(definition)


def decode(name, data):
    """The value that `data` is, all of it. Malformed when it is none, or another spelling of one."""
    reader = Reader(data)
    value = type_of(name).read(reader)
    require(reader.at == len(data), "bytes left over")
    return value


def encode(name, value):
    return type_of(name).write(value)
