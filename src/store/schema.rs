//! Every table once; types as both engines have them.

diesel::table! {
    tenants (id) {
        id -> Text,
        slug -> Text,
        status -> Text,
        wrapped_key -> Binary,
        ready -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    key_check (id) {
        id -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    tenant_hosts (host) {
        host -> Text,
        tenant_id -> Text,
    }
}

diesel::table! {
    settings (id) {
        id -> BigInt,
        document -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        username_key -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        email_verified -> Bool,
        locale -> Nullable<Text>,
        profile -> Text,
        role_names -> Text,
        group_names -> Text,
        status -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        name_key -> Text,
        search_key -> Text,
    }
}

diesel::table! {
    passwords (user_id) {
        user_id -> Text,
        hash -> Text,
        changed_at -> BigInt,
        imported -> Nullable<Binary>,
        must_change -> Bool,
    }
}

diesel::table! {
    password_history (id) {
        id -> Text,
        user_id -> Text,
        hash -> Text,
        replaced_at -> BigInt,
    }
}

diesel::table! {
    attempt_counters (subject, factor) {
        subject -> Text,
        factor -> Text,
        failed -> BigInt,
        total -> BigInt,
        level -> BigInt,
        last_at -> Nullable<BigInt>,
        locked_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    attempt_leases (id) {
        id -> Text,
        subject -> Text,
        factor -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    devices (id) {
        id -> Text,
        token_hash -> Binary,
        user_id -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        trusted_until -> Nullable<BigInt>,
        user_agent -> Nullable<Text>,
        address -> Nullable<Text>,
        seen_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sign_ins (id) {
        id -> Text,
        binding -> Binary,
        user_id -> Text,
        proofs -> Text,
        auth_time -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    totp_credentials (id) {
        id -> Text,
        user_id -> Text,
        label -> Text,
        sealed_secret -> Binary,
        last_step -> BigInt,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    recovery_codes (user_id, mac) {
        user_id -> Text,
        mac -> Binary,
        created_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mail_codes (id) {
        id -> Text,
        sign_in_id -> Text,
        user_id -> Text,
        mac -> Binary,
        tries -> BigInt,
        sent_at -> BigInt,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    enrolment_deadlines (user_id) {
        user_id -> Text,
        asked_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        token_hash -> Binary,
        user_id -> Text,
        created_at -> BigInt,
        auth_time -> BigInt,
        last_seen -> BigInt,
        amr -> Text,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
        ends_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    grants (id) {
        id -> Text,
        user_id -> Text,
        client_id -> Text,
        session_id -> Text,
        scopes -> Text,
        claims -> Text,
        claims_locales -> Text,
        nonce -> Nullable<Text>,
        auth_time -> BigInt,
        amr -> Text,
        acr -> Text,
        offline -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    codes (token_hash) {
        token_hash -> Binary,
        grant_id -> Text,
        redirect_uri -> Text,
        challenge -> Nullable<Text>,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Binary,
        grant_id -> Text,
        scopes -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    revoked_tokens (jti) {
        jti -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    spent_assertions (client_id, jti_hash) {
        client_id -> Text,
        jti_hash -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    consents (user_id, client_id) {
        user_id -> Text,
        client_id -> Text,
        scopes -> Text,
        claims -> Text,
        given_at -> BigInt,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Text,
        kind -> Text,
        state -> Text,
        sealed_private -> Binary,
        created_at -> BigInt,
        activated_at -> Nullable<BigInt>,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    applications (id) {
        id -> Text,
        document -> Text,
        secret_mac -> Nullable<Binary>,
    }
}

diesel::table! {
    audit_events (sequence) {
        sequence -> BigInt,
        at -> BigInt,
        kind -> Text,
        outcome -> Text,
        actor -> Text,
        user_id -> Nullable<Text>,
        application -> Nullable<Text>,
        session_id -> Nullable<Text>,
        request_id -> Nullable<Text>,
        details -> Text,
        personal -> Nullable<Text>,
        personal_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    audit_head (id) {
        id -> BigInt,
        sequence -> BigInt,
        hash -> Binary,
        mac -> Binary,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        user_id -> Text,
        kind -> Text,
        recipient -> Text,
        sealed -> Nullable<Binary>,
        state -> Text,
        attempts -> BigInt,
        due_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        keep_until -> BigInt,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    links (id) {
        id -> Text,
        token_hash -> Binary,
        kind -> Text,
        user_id -> Text,
        address -> Nullable<Text>,
        target -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    credentials (id) {
        id -> Text,
        kind -> Text,
        state -> Text,
        sealed_private -> Binary,
        certificate -> Binary,
        created_at -> BigInt,
        activated_at -> Nullable<BigInt>,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    name_ids (user_id, audience) {
        user_id -> Text,
        audience -> Text,
        value -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    participants (session_id, application_id, name_id) {
        session_id -> Text,
        application_id -> Text,
        user_id -> Text,
        name_id -> Text,
        name_id_format -> Text,
        session_index -> Text,
        joined_at -> BigInt,
    }
}

diesel::table! {
    logout_notices (id) {
        id -> Text,
        application_id -> Text,
        user_id -> Text,
        session_id -> Text,
        state -> Text,
        attempts -> BigInt,
        due_at -> BigInt,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        keep_until -> BigInt,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    logouts (id) {
        id -> Text,
        user_id -> Text,
        binding -> Nullable<Binary>,
        asker -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        upstream -> Nullable<Text>,
        upstream_state -> Nullable<Text>,
        upstream_request -> Nullable<Text>,
    }
}

diesel::table! {
    logout_parties (logout_id, position) {
        logout_id -> Text,
        position -> BigInt,
        application_id -> Text,
        session_id -> Text,
        channel -> Text,
        name_id -> Text,
        name_id_format -> Text,
        session_index -> Text,
        state -> Text,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    artifacts (token_hash) {
        token_hash -> Binary,
        application_id -> Text,
        user_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        sealed_message -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    identity_providers (id) {
        id -> Text,
        document -> Text,
        sealed_secret -> Nullable<Binary>,
    }
}

diesel::table! {
    metadata_fetches (application_id) {
        application_id -> Text,
        fetched_at -> BigInt,
    }
}

diesel::table! {
    federated_identities (provider, issuer, subject) {
        provider -> Text,
        issuer -> Text,
        subject -> Text,
        user_id -> Text,
        roles -> Text,
        created_at -> BigInt,
        used_at -> BigInt,
        groups -> Text,
    }
}

diesel::table! {
    upstream_sessions (holder) {
        holder -> Text,
        session_id -> Nullable<Text>,
        sign_in_id -> Nullable<Text>,
        provider -> Text,
        issuer -> Text,
        name -> Text,
        name_index -> Nullable<Text>,
        document -> Text,
    }
}

diesel::table! {
    spent_states (state) {
        state -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    metadata_watches (application_id) {
        application_id -> Text,
        checked_at -> BigInt,
        due_at -> BigInt,
        fetched_at -> Nullable<BigInt>,
        valid_until -> Nullable<BigInt>,
        failure -> Nullable<Text>,
        held -> Text,
    }
}
