//! People and their sign-ins. Sign-in names are unique over all tenants and live in a table of their own (design, section 9).

use super::{Row, Tx};
use crate::domain::name::Language;
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub tenant: String,
    pub id: String,
    pub sign_in: String,
    pub password: Option<String>,
    pub name: String,
    pub mail: String,
    pub language: Language,
    pub roles: Vec<String>,
    pub branch: Option<String>,
    pub active: bool,
}

fn person(row: &Row) -> Result<Person> {
    Ok(Person {
        tenant: row.text("tenant")?,
        id: row.text("id")?,
        sign_in: row.text("sign_in")?,
        password: row.text_or_null("password")?,
        name: row.text("name")?,
        mail: row.text("mail")?,
        language: Language::from_tag(&row.text("language")?).unwrap_or_default(),
        roles: row.text("roles")?.split_whitespace().map(str::to_string).collect(),
        branch: row.text_or_null("branch")?,
        active: row.flag("active")?,
    })
}

/// Writes a person; a sign-in name that belongs to somebody else is a conflict.
pub async fn upsert(tx: &mut Tx, p: &Person) -> Result<()> {
    tx.sql(
        "INSERT INTO person (tenant, id, sign_in, password, name, mail, language, roles, branch, active) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant, id) DO UPDATE SET sign_in = excluded.sign_in, password = COALESCE(excluded.password, person.password), name = excluded.name,
           mail = excluded.mail, language = excluded.language, roles = excluded.roles, branch = excluded.branch, active = excluded.active",
    )
    .bind(&p.tenant)
    .bind(&p.id)
    .bind(&p.sign_in)
    .bind(p.password.clone())
    .bind(&p.name)
    .bind(&p.mail)
    .bind(p.language.as_str())
    .bind(p.roles.join(" "))
    .bind(p.branch.clone())
    .bind(p.active)
    .run()
    .await?;
    tx.sql("INSERT INTO sign_in (name, tenant, person) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(&p.sign_in)
        .bind(&p.tenant)
        .bind(&p.id)
        .run()
        .await?;
    let owner = tx.sql("SELECT tenant, person FROM sign_in WHERE name = $1").bind(&p.sign_in).first().await?;
    let mine = owner.as_ref().map(|row| Ok::<_, crate::error::Error>(row.text("tenant")? == p.tenant && row.text("person")? == p.id)).transpose()?;
    if mine == Some(true) { Ok(()) } else { Err(crate::error::Error::Conflict(format!("sign-in name {} is taken", p.sign_in))) }
}

pub async fn by_sign_in(tx: &mut Tx, name: &str) -> Result<Option<Person>> {
    let row = tx
        .sql(
            "SELECT p.tenant, p.id, p.sign_in, p.password, p.name, p.mail, p.language, p.roles, p.branch, p.active
             FROM sign_in s JOIN person p ON p.tenant = s.tenant AND p.id = s.person WHERE s.name = $1",
        )
        .bind(name)
        .first()
        .await?;
    row.as_ref().map(person).transpose()
}

pub async fn by_id(tx: &mut Tx, tenant: &str, id: &str) -> Result<Option<Person>> {
    let row = tx
        .sql("SELECT tenant, id, sign_in, password, name, mail, language, roles, branch, active FROM person WHERE tenant = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .first()
        .await?;
    row.as_ref().map(person).transpose()
}

pub async fn all(tx: &mut Tx) -> Result<Vec<Person>> {
    let rows = tx
        .sql("SELECT tenant, id, sign_in, password, name, mail, language, roles, branch, active FROM person ORDER BY tenant, id LIMIT 10000")
        .all()
        .await?;
    rows.iter().map(person).collect()
}

/// People of one organisation.
pub async fn of_tenant(tx: &mut Tx, tenant: &str) -> Result<Vec<Person>> {
    let rows = tx
        .sql(
            "SELECT tenant, id, sign_in, password, name, mail, language, roles, branch, active FROM person WHERE tenant = $1 ORDER BY id LIMIT 10000",
        )
        .bind(tenant)
        .all()
        .await?;
    rows.iter().map(person).collect()
}

/// Opens a sign-in; the key is stored hashed.
pub async fn open_login(tx: &mut Tx, tenant: &str, person: &str, key_hash: &str, now: Timestamp) -> Result<()> {
    tx.sql("INSERT INTO login (tenant, key_hash, person, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)")
        .bind(tenant)
        .bind(key_hash)
        .bind(person)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// When a sign-in was opened and by whom.
pub async fn login(tx: &mut Tx, tenant: &str, key_hash: &str) -> Result<Option<(String, Timestamp)>> {
    let row = tx.sql("SELECT person, created_at FROM login WHERE tenant = $1 AND key_hash = $2").bind(tenant).bind(key_hash).first().await?;
    row.map(|row| Ok((row.text("person")?, row.time("created_at")?))).transpose()
}

pub async fn end_login(tx: &mut Tx, tenant: &str, key_hash: &str) -> Result<()> {
    tx.sql("DELETE FROM login WHERE tenant = $1 AND key_hash = $2").bind(tenant).bind(key_hash).run().await?;
    Ok(())
}

/// All sign-ins of a person end when the password changes or the account is closed.
pub async fn end_logins(tx: &mut Tx, tenant: &str, person: &str) -> Result<()> {
    tx.sql("DELETE FROM login WHERE tenant = $1 AND person = $2").bind(tenant).bind(person).run().await?;
    Ok(())
}

/// Forgets sign-ins opened before a time; they ended long ago.
pub async fn expire_logins(tx: &mut Tx, tenant: &str, before: Timestamp) -> Result<u64> {
    tx.sql("DELETE FROM login WHERE tenant = $1 AND created_at < $2").bind(tenant).bind(before).run().await
}
