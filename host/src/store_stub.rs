#![allow(missing_docs, unused, clippy::todo)]
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;
use crate::ambient::Ambient;
use crate::model::{connection::*, delivery::*, event::*, id::*, identifier::*, outbox::*, profile::*, token::*};
#[derive(Debug, Clone)]
pub struct StoreOptions { pub path: PathBuf, pub queue: usize, pub group: usize, pub readers: u32, pub cache_kib: u32 }
impl StoreOptions { pub fn at(path: impl Into<PathBuf>) -> Self { Self { path: path.into(), queue: 4096, group: 256, readers: 4, cache_kib: 4096 } } }
#[derive(Clone)] pub struct Store;
#[derive(Debug, thiserror::Error)]
pub enum StoreError { #[error("u {0}")] Unavailable(String), #[error("c")] Cursor(String), #[error("q")] Quota{quota:u64}, #[error("x {name}")] Sealed{name:String} }
pub struct Ingest { pub connection: ConnectionId, pub delivery: Option<NewDelivery>, pub events: Vec<NewEvent>, pub cursor: Option<String>, pub finishes: Option<JobId>, pub assistants: Arc<[Subscription]> }
#[derive(Debug,Clone)] pub struct Subscription { pub connection: ConnectionId, pub kinds: Vec<EventKind> }
pub struct Ingested { pub delivery: Option<DeliveryId>, pub appended: Vec<Appended>, pub duplicates: usize }
#[derive(Clone)] pub struct Appended { pub seq: i64, pub event: EventId, pub connection: ConnectionId, pub kind: EventKind, pub profile: Option<ProfileId> }
pub struct NewDelivery { pub received_at: i64, pub request: RecordedRequest, pub replay_of: Option<DeliveryId> }
pub struct NewConnection { pub plugin: String, pub title: String, pub settings: serde_json::Value, pub priority: i32, pub secrets: Vec<(String, Zeroizing<Vec<u8>>)> }
pub struct Job { pub id: JobId, pub connection: ConnectionId, pub event: LoggedEvent, pub attempts: u32 }
pub struct NewOutbound { pub connection: ConnectionId, pub profile: ProfileId, pub content: OutboundContent, pub reply_to: Option<String>, pub subject: Option<String> }
pub struct LoggedEvent { pub seq: i64, pub kind: EventKind, pub profile: Option<ProfileId>, pub event: Event }
pub struct PageRequest { pub cursor: Option<String>, pub limit: u32 }
pub struct Page<T> { pub items: Vec<T>, pub next: Option<String> }
type R<T> = Result<T, StoreError>;
impl Store {
 pub async fn open(o:&StoreOptions,a:Ambient)->R<Store>{todo!()} pub fn id_key(&self)->&IdKey{todo!()} pub async fn close(&self){}
 pub async fn ingest(&self,i:Ingest)->R<Ingested>{todo!()}
 pub async fn park(&self,c:&ConnectionId,d:NewDelivery,e:&str)->R<DeliveryId>{todo!()}
 pub async fn delivery(&self,d:&DeliveryId)->R<Option<Delivery>>{todo!()}
 pub async fn add_connection(&self,n:NewConnection)->R<Connection>{todo!()}
 pub async fn connection(&self,d:&ConnectionId)->R<Option<Connection>>{todo!()}
 pub async fn connections(&self)->R<Vec<Connection>>{todo!()}
 pub async fn set_connection_state(&self,c:&ConnectionId,s:ConnectionState)->R<bool>{todo!()}
 pub async fn revision(&self)->R<i64>{todo!()}
 pub async fn secret(&self,c:&ConnectionId,n:&str)->R<Option<Zeroizing<Vec<u8>>>>{todo!()}
 pub async fn secrets(&self,c:&ConnectionId)->R<Vec<(String,Zeroizing<Vec<u8>>)>>{todo!()}
 pub async fn profile(&self,p:&ProfileId)->R<Option<Profile>>{todo!()}
 pub async fn messages(&self,p:&ProfileId,q:&PageRequest)->R<Page<MessageView>>{todo!()}
 pub async fn message(&self,p:&MessageId)->R<Option<MessageView>>{todo!()}
 pub async fn last_received(&self,p:&ProfileId,c:&ConnectionId)->R<Option<i64>>{todo!()}
 pub async fn claim_jobs(&self,l:u32,ms:i64)->R<Vec<Job>>{todo!()}
 pub async fn finish_job(&self,j:&JobId)->R<()>{todo!()}
 pub async fn retry_job(&self,j:&JobId,at:i64,w:&str)->R<()>{todo!()}
 pub async fn abandon_job(&self,j:&JobId,w:&str)->R<()>{todo!()}
 pub async fn next_job_at(&self)->R<Option<i64>>{todo!()}
 pub async fn enqueue(&self,n:NewOutbound)->R<OutboxItem>{todo!()}
 pub async fn claim_outbound(&self,c:&ConnectionId,l:u32,ms:i64)->R<Vec<OutboxItem>>{todo!()}
 pub async fn outbound_sent(&self,o:&OutboxId,v:&str)->R<()>{todo!()}
 pub async fn outbound_retry(&self,o:&OutboxId,at:i64,w:&str)->R<()>{todo!()}
 pub async fn outbound_ambiguous(&self,o:&OutboxId,at:i64,w:&str)->R<()>{todo!()}
 pub async fn outbound_failed(&self,o:&OutboxId,w:&str)->R<()>{todo!()}
 pub async fn next_outbound_at(&self)->R<Option<i64>>{todo!()}
 pub async fn kv_get(&self,c:&ConnectionId,k:&str)->R<Option<Vec<u8>>>{todo!()}
 pub async fn kv_set(&self,c:&ConnectionId,k:&str,v:Vec<u8>,keep:Option<u64>,absent:bool,q:u64)->R<bool>{todo!()}
 pub async fn kv_delete(&self,c:&ConnectionId,k:&str)->R<()>{todo!()}
 pub async fn kv_keys(&self,c:&ConnectionId,p:&str,a:Option<&str>,l:u32)->R<Vec<String>>{todo!()}
 pub async fn cursor(&self,c:&ConnectionId)->R<Option<String>>{todo!()}
}
