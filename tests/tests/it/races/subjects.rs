//! The verified subject changes, or a paper contract is registered, while something else is going on.

use super::started;
use crate::harness::{Answer, Contract, Customer, Kind, World, until};
use serde_json::{Value, json};

const PAPERS: &str = "/v1/staff/paper-contracts";

/// The same account, verified as another subject of the same type.
async fn moved(world: &World, customer: &Customer) -> Customer {
    let number = world.unverified(customer.kind, "").await.number;
    Customer { number, ..customer.clone() }
}

async fn registered(customer: &Customer) -> Answer {
    let body =
        json!({ "subject": customer.subject(), "reference": format!("P-{}", customer.id), "signedOn": "2024-02-03" });
    customer.world.staff().await.post(PAPERS, &body).await
}

/// A registered paper contract once nothing waits any more.
async fn until_settled(world: &World, paper: &Value) -> Value {
    let path = format!("{PAPERS}/{}", paper["id"].as_str().unwrap_or_else(|| panic!("no id in {paper}")));
    until("the paper contract to be settled", async || {
        let shown = world.staff().await.get(&path).await.is(200);
        if shown["status"] == "waiting" { Err(shown) } else { Ok(shown) }
    })
    .await
}

#[tokio::test]
async fn verified_subject_changes_while_step_1_is_submitted() {
    let world = World::shared().await;
    for round in 0..4 {
        let before = world.person("李大山").await;
        let after = moved(&world, &before).await;
        let told = after.identity();
        let (asked, told) = tokio::join!(before.asks(), after.told(&told));
        let told = told.is(200);
        let contract = Contract::of(&before, &asked.is(201));
        let shown = contract.shown().await;
        let masked = after.eligibility().await["subject"]["credential"].clone();
        if shown["subject"]["credential"] == masked {
            assert_eq!(shown["state"], "draft", "round {round}: applied for as the new subject: {shown}");
        } else {
            assert_eq!(
                shown["state"], "revoked",
                "round {round}: no contract stays with a subject that is no more: {shown}"
            );
            assert_eq!(told["revokedContractId"], contract.id, "{told}");
            after.apply().await;
        }
    }
}

#[tokio::test]
async fn verified_subject_changes_while_step_3_is_submitted() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let after = moved(&world, &customer).await;
        let told = after.identity();
        let (submitted, told) = tokio::join!(contract.submit_signer(), after.told(&told));
        assert_eq!(told.is(200)["revokedContractId"], contract.id, "{}\n{}", submitted.story(), told.story());
        contract.until("revoked").await;
        match started(&world, &contract).await {
            Some(flow) => assert_eq!(flow["status"], 3, "{flow}"),
            None => submitted.shows(submitted.status != 200, "nothing was started, so nobody was told that it was"),
        }
        // The new subject's own contract is not touched by what becomes of the old one.
        after.signed().await;
    }
}

#[tokio::test]
async fn verified_subject_changes_while_the_signer_signs() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let flow = contract.flow().await;
        let after = moved(&world, &customer).await;
        let (path, nothing) = (format!("/sandbox/flows/{flow}/sign"), json!({}));
        let (sandbox, told) = (world.sandbox(), after.identity());
        let (signed, told) = tokio::join!(sandbox.post(&path, &nothing), after.told(&told));
        told.is(200);
        if signed.status == 200 {
            let shown = contract.until("signed").await;
            assert_eq!(shown["subject"]["name"], customer.name, "the contract stays with the old subject");
        } else {
            signed.is(409);
            contract.until("revoked").await;
        }
        assert_eq!(after.eligibility().await["eligible"], true, "the new subject is free");
    }
}

#[tokio::test]
async fn paper_contract_registered_while_step_1_is_submitted() {
    let world = World::shared().await;
    for customer in world.both().await {
        let (paper, asked) = tokio::join!(registered(&customer), customer.asks());
        assert_eq!(paper.is(201)["status"], "recorded");
        if asked.status == 201 {
            let contract = Contract::of(&customer, &asked.json());
            assert_eq!(contract.state().await, "revoked", "the electronic one is revoked first");
        } else {
            asked.refused_with_contact(409, "signed_on_paper");
        }
        customer.asks().await.refused_with_contact(409, "signed_on_paper");
    }
}

#[tokio::test]
async fn paper_contract_registered_while_the_signer_signs() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let flow = contract.flow().await;
        let (path, nothing, sandbox) = (format!("/sandbox/flows/{flow}/sign"), json!({}), world.sandbox());
        let (paper, signed) = tokio::join!(registered(&customer), sandbox.post(&path, &nothing));
        let signing_won = signed.status == 200;
        signed.shows(matches!(signed.status, 200 | 409), "the signer signs, or finds it revoked");
        match paper.status {
            // Archived before anybody registered.
            409 => drop(paper.refused_with_contact(409, "contract_signed")),
            _ => {
                paper.shows(matches!(paper.status, 201 | 202), "recorded, or it waits for the revocation");
                let settled = until_settled(&world, &paper.json()).await;
                assert_eq!(settled["status"], if signing_won { "refused" } else { "recorded" }, "{settled}");
            }
        }
        contract.until(if signing_won { "signed" } else { "revoked" }).await;
        let reason = if signing_won { "contract_signed" } else { "signed_on_paper" };
        assert_eq!(customer.eligibility().await["reason"], reason, "one of the two, never both");
        customer.asks().await.refused_with_contact(409, reason);
    }
}

#[tokio::test]
async fn two_paper_contracts_registered_at_once() {
    let world = World::shared().await;
    for kind in [Kind::Enterprise, Kind::Person] {
        let customer = world.unverified(kind, "某某科技有限公司").await;
        let (staff, subject) = (world.staff().await, customer.subject());
        let body = |reference: &str| json!({ "subject": subject, "reference": format!("{reference}-{}", customer.id), "signedOn": "2024-02-03" });
        let (a, b) = (body("A"), body("B"));
        let (one, other) = tokio::join!(staff.post(PAPERS, &a), staff.post(PAPERS, &b));
        let (won, lost, same) = if one.status == 201 { (&one, &other, &a) } else { (&other, &one, &b) };
        assert_eq!(won.is(201)["status"], "recorded");
        lost.refused(409, "signed_on_paper");
        let (again, and_again) = tokio::join!(staff.post(PAPERS, same), staff.post(PAPERS, same));
        for answer in [again, and_again] {
            assert_eq!(answer.is(201), won.json(), "the same reference again is the same answer");
        }
        // Nobody was first here: the same reference many times at once is one contract.
        let fresh = world.unverified(kind, "某某科技有限公司").await;
        let (one, other) = tokio::join!(registered(&fresh), registered(&fresh));
        assert_eq!(one.is(201), other.is(201));
    }
}

#[tokio::test]
async fn withdrawal_of_a_waiting_paper_contract_against_the_revocation() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let paper = registered(&customer).await.json();
        let path = format!("{PAPERS}/{}", paper["id"].as_str().unwrap_or_else(|| panic!("no id in {paper}")));
        let withdrawn = world.staff().await.delete(&path).await.is(200);
        assert_eq!(withdrawn["status"], "withdrawn");
        contract.until("revoked").await;
        assert_eq!(until_settled(&world, &paper).await["status"], "withdrawn");
        assert_eq!(customer.eligibility().await["eligible"], true, "neither holds the slot");
    }
}
