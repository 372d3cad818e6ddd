//! Payments between banks, and returns.

use crate::party::CurrencyAmount;
use crate::purpose::Purpose;

part! {
    /// A financial institution's credit transfer: of its own (CORE), or the cover of a customer's (COV).
    Pacs009 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// `INDA`, `INGA`, `COVE` or `CLRG`.
        settlement_method: String = "GrpHdr/SttlmInf/SttlmMtd",
        /// The clearing system's code, where one settles.
        clearing_system: Option<String> = "GrpHdr/SttlmInf/ClrSys/Cd",
        /// The clearing system's own name, where it has no code.
        clearing_system_proprietary: Option<String> = "GrpHdr/SttlmInf/ClrSys/Prtry",
        /// 1 to 35 characters.
        instruction_id: Option<String> = "CdtTrfTxInf/PmtId/InstrId",
        /// 1 to 35 characters.
        end_to_end_id: String = "CdtTrfTxInf/PmtId/EndToEndId",
        /// 1 to 35 characters.
        tx_id: Option<String> = "CdtTrfTxInf/PmtId/TxId",
        /// A version 4 UUID; a cover has that of the payment that it covers.
        uetr: Option<String> = "CdtTrfTxInf/PmtId/UETR",
        /// What settles.
        amount: CurrencyAmount = "CdtTrfTxInf/IntrBkSttlmAmt",
        /// When it settles, where each transaction says so.
        settlement_date: Option<String> = "CdtTrfTxInf/IntrBkSttlmDt",
        /// When it settles, where the group says so.
        group_settlement_date: Option<String> = "GrpHdr/IntrBkSttlmDt",
        /// BIC of the agent that instructs.
        instructing_agent: Option<String> = "CdtTrfTxInf/InstgAgt/FinInstnId/BICFI",
        /// BIC of the agent that is instructed.
        instructed_agent: Option<String> = "CdtTrfTxInf/InstdAgt/FinInstnId/BICFI",
        /// BIC of the bank that pays.
        debtor: Option<String> = "CdtTrfTxInf/Dbtr/FinInstnId/BICFI",
        /// Clearing member that pays.
        debtor_member: Option<String> = "CdtTrfTxInf/Dbtr/FinInstnId/ClrSysMmbId/MmbId",
        /// BIC of the bank that is paid.
        creditor: Option<String> = "CdtTrfTxInf/Cdtr/FinInstnId/BICFI",
        /// Clearing member that is paid.
        creditor_member: Option<String> = "CdtTrfTxInf/Cdtr/FinInstnId/ClrSysMmbId/MmbId",
        /// LEI of the agent that instructs.
        instructing_agent_lei: Option<String> = "CdtTrfTxInf/InstgAgt/FinInstnId/LEI",
        /// LEI of the agent that is instructed.
        instructed_agent_lei: Option<String> = "CdtTrfTxInf/InstdAgt/FinInstnId/LEI",
        /// BIC of the agent that instructs, where the group says so.
        group_instructing_agent: Option<String> = "GrpHdr/InstgAgt/FinInstnId/BICFI",
        /// BIC of the agent that is instructed, where the group says so.
        group_instructed_agent: Option<String> = "GrpHdr/InstdAgt/FinInstnId/BICFI",
        /// LEI of the bank that pays.
        debtor_lei: Option<String> = "CdtTrfTxInf/Dbtr/FinInstnId/LEI",
        /// Name of the bank that pays.
        debtor_name: Option<String> = "CdtTrfTxInf/Dbtr/FinInstnId/Nm",
        /// IBAN of its account.
        debtor_iban: Option<String> = "CdtTrfTxInf/DbtrAcct/Id/IBAN",
        /// Another number of its account.
        debtor_account: Option<String> = "CdtTrfTxInf/DbtrAcct/Id/Othr/Id",
        /// BIC of its own bank.
        debtor_agent: Option<String> = "CdtTrfTxInf/DbtrAgt/FinInstnId/BICFI",
        /// LEI of its own bank.
        debtor_agent_lei: Option<String> = "CdtTrfTxInf/DbtrAgt/FinInstnId/LEI",
        /// LEI of the bank that is paid.
        creditor_lei: Option<String> = "CdtTrfTxInf/Cdtr/FinInstnId/LEI",
        /// Name of the bank that is paid.
        creditor_name: Option<String> = "CdtTrfTxInf/Cdtr/FinInstnId/Nm",
        /// IBAN of its account.
        creditor_iban: Option<String> = "CdtTrfTxInf/CdtrAcct/Id/IBAN",
        /// Another number of its account.
        creditor_account: Option<String> = "CdtTrfTxInf/CdtrAcct/Id/Othr/Id",
        /// BIC of its own bank.
        creditor_agent: Option<String> = "CdtTrfTxInf/CdtrAgt/FinInstnId/BICFI",
        /// LEI of its own bank.
        creditor_agent_lei: Option<String> = "CdtTrfTxInf/CdtrAgt/FinInstnId/LEI",
        /// What for.
        remittance: Vec<String> = "CdtTrfTxInf/RmtInf/Ustrd",
        /// What for, as a code or a name.
        purpose: Option<Purpose> = "CdtTrfTxInf/Purp",
        /// The category of that.
        category_purpose: Option<Purpose> = "CdtTrfTxInf/PmtTpInf/CtgyPurp",
        /// The customers' payment that this one covers. Only a cover has it.
        underlying: Option<UnderlyingPayment> = "CdtTrfTxInf/UndrlygCstmrCdtTrf",
    }
    always { "GrpHdr/NbOfTxs" = "1", }
}
view!(Pacs009 = "pacs.009.001.08", one of &["CdtTrfTxInf"]);

impl Pacs009 {
    /// Whether it covers a customer's payment.
    pub fn is_cover(&self) -> bool {
        self.underlying.is_some()
    }
}

part! {
    /// The customers' payment that a cover is for, as the cover tells of it.
    UnderlyingPayment {
        /// On whose behalf is paid.
        ultimate_debtor: Option<String> = "UltmtDbtr/Nm",
        /// The customer that pays.
        debtor: Option<String> = "Dbtr/Nm",
        /// IBAN of its account.
        debtor_iban: Option<String> = "DbtrAcct/Id/IBAN",
        /// Another number of its account.
        debtor_account: Option<String> = "DbtrAcct/Id/Othr/Id",
        /// BIC of its bank.
        debtor_agent: Option<String> = "DbtrAgt/FinInstnId/BICFI",
        /// LEI of its bank.
        debtor_agent_lei: Option<String> = "DbtrAgt/FinInstnId/LEI",
        /// The customer that is paid.
        creditor: Option<String> = "Cdtr/Nm",
        /// IBAN of its account.
        creditor_iban: Option<String> = "CdtrAcct/Id/IBAN",
        /// Another number of its account.
        creditor_account: Option<String> = "CdtrAcct/Id/Othr/Id",
        /// BIC of its bank.
        creditor_agent: Option<String> = "CdtrAgt/FinInstnId/BICFI",
        /// LEI of its bank.
        creditor_agent_lei: Option<String> = "CdtrAgt/FinInstnId/LEI",
        /// Who is paid in the end.
        ultimate_creditor: Option<String> = "UltmtCdtr/Nm",
        /// What for.
        remittance: Vec<String> = "RmtInf/Ustrd",
        /// What the debtor instructed.
        instructed_amount: Option<CurrencyAmount> = "InstdAmt",
    }
    always {}
}

part! {
    /// A return of a payment that was settled.
    Pacs004 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// `INDA`, `INGA` or `CLRG`.
        settlement_method: String = "GrpHdr/SttlmInf/SttlmMtd",
        /// The return's own identification.
        return_id: Option<String> = "TxInf/RtrId",
        /// The message that is returned.
        original_msg_id: Option<String> = "TxInf/OrgnlGrpInf/OrgnlMsgId",
        /// Its name and version.
        original_message: Option<String> = "TxInf/OrgnlGrpInf/OrgnlMsgNmId",
        /// As the payment said.
        original_instruction_id: Option<String> = "TxInf/OrgnlInstrId",
        /// As the payment said.
        original_end_to_end_id: Option<String> = "TxInf/OrgnlEndToEndId",
        /// As the payment said.
        original_tx_id: Option<String> = "TxInf/OrgnlTxId",
        /// As the payment said.
        original_uetr: Option<String> = "TxInf/OrgnlUETR",
        /// What the payment settled.
        original_amount: Option<CurrencyAmount> = "TxInf/OrgnlIntrBkSttlmAmt",
        /// What goes back.
        returned: CurrencyAmount = "TxInf/RtrdIntrBkSttlmAmt",
        /// When it goes back.
        settlement_date: Option<String> = "TxInf/IntrBkSttlmDt",
        /// BIC of the agent that instructs.
        instructing_agent: Option<String> = "TxInf/InstgAgt/FinInstnId/BICFI",
        /// BIC of the agent that is instructed.
        instructed_agent: Option<String> = "TxInf/InstdAgt/FinInstnId/BICFI",
        /// Why, as a code of the external list.
        reason: Option<String> = "TxInf/RtrRsnInf/Rsn/Cd",
        /// Why, in words.
        information: Option<String> = "TxInf/RtrRsnInf/AddtlInf",
        /// The clearing system's own name, where it has no code.
        clearing_system_proprietary: Option<String> = "GrpHdr/SttlmInf/ClrSys/Prtry",
        /// LEI of the agent that instructs.
        instructing_agent_lei: Option<String> = "TxInf/InstgAgt/FinInstnId/LEI",
        /// LEI of the agent that is instructed.
        instructed_agent_lei: Option<String> = "TxInf/InstdAgt/FinInstnId/LEI",
    }
    always { "GrpHdr/NbOfTxs" = "1", }
}
view!(Pacs004 = "pacs.004.001.10", one of &["TxInf"]);
