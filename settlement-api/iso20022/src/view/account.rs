//! Whose account is this, and the answer.

part! {
    /// A question whether an account is somebody's.
    Acmt023 {
        /// 1 to 35 characters.
        msg_id: String = "Assgnmt/MsgId",
        /// As written.
        created: String = "Assgnmt/CreDtTm",
        /// BIC of the agent that asks.
        assigner: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/BICFI",
        /// LEI of the agent that asks.
        assigner_lei: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/LEI",
        /// BIC of the agent that is asked.
        assignee: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/BICFI",
        /// LEI of the agent that is asked.
        assignee_lei: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/LEI",
        /// The question's own identification.
        id: String = "Vrfctn/Id",
        /// The holder's name.
        name: Option<String> = "Vrfctn/PtyAndAcctId/Pty/Nm",
        /// IBAN of the account.
        iban: Option<String> = "Vrfctn/PtyAndAcctId/Acct/Id/IBAN",
        /// Another number of the account.
        other_account: Option<String> = "Vrfctn/PtyAndAcctId/Acct/Id/Othr/Id",
        /// BIC of the account's bank.
        agent: Option<String> = "Vrfctn/PtyAndAcctId/Agt/FinInstnId/BICFI",
        /// LEI of the account's bank.
        agent_lei: Option<String> = "Vrfctn/PtyAndAcctId/Agt/FinInstnId/LEI",
    }
    always {}
}
view!(Acmt023 = "acmt.023.001.04", one of &["Vrfctn"]);

part! {
    /// The answer to a question whether an account is somebody's.
    Acmt024 {
        /// 1 to 35 characters.
        msg_id: String = "Assgnmt/MsgId",
        /// As written.
        created: String = "Assgnmt/CreDtTm",
        /// BIC of the agent that answers.
        assigner: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/BICFI",
        /// LEI of the agent that answers.
        assigner_lei: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/LEI",
        /// BIC of the agent that had asked.
        assignee: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/BICFI",
        /// LEI of the agent that had asked.
        assignee_lei: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/LEI",
        /// The message with the question.
        original_msg_id: Option<String> = "OrgnlAssgnmt/MsgId",
        /// When it was made, as written.
        original_created: Option<String> = "OrgnlAssgnmt/CreDtTm",
        /// The question's own identification.
        original_id: String = "Rpt/OrgnlId",
        /// `true` or `false`.
        verified: String = "Rpt/Vrfctn",
        /// Why not, as a code of the external list.
        reason: Option<String> = "Rpt/Rsn/Cd",
        /// The name that was asked about.
        name: Option<String> = "Rpt/OrgnlPtyAndAcctId/Pty/Nm",
        /// The IBAN that was asked about.
        iban: Option<String> = "Rpt/OrgnlPtyAndAcctId/Acct/Id/IBAN",
        /// The other number that was asked about.
        other_account: Option<String> = "Rpt/OrgnlPtyAndAcctId/Acct/Id/Othr/Id",
        /// The holder's name, where it is close to the one that was asked about.
        updated_name: Option<String> = "Rpt/UpdtdPtyAndAcctId/Pty/Nm",
    }
    always {}
}
view!(Acmt024 = "acmt.024.001.04", one of &["Rpt"]);
