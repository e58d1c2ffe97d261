BEGIN TRANSACTION;
CREATE TABLE account_version (
	id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "account_version" VALUES(1,4);
CREATE TABLE accounts (
	name VARCHAR(64) NOT NULL, 
	grants TEXT NOT NULL, 
	created_ts DOUBLE NOT NULL, 
	password_hash TEXT, 
	subject VARCHAR(512), 
	is_disabled BOOLEAN NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "accounts" VALUES('ada','{"*": "admin"}',1.79587362459362983703e+09,'$argon2id$v=19$m=64,t=1,p=1$FgJwXsUTN9AzHF5CiXJ3Sw$SziAkybu3GBc66dHde0pMS6x8vNsvVfvDuzPgXqXqg4',NULL,0);
INSERT INTO "accounts" VALUES('otto','{"01": "operator"}',1.79587362460691308974e+09,'$argon2id$v=19$m=64,t=1,p=1$Wk8YyXFs6zPo9T1rJJGXCQ$VUH0f7AWkhBze09yVvHStvFUxJPpbeBGO/dKt5B3G4E',NULL,0);
INSERT INTO "accounts" VALUES('vera','{"*": "viewer"}',1.79587362461082935332e+09,'$argon2id$v=19$m=64,t=1,p=1$HV+SnQmFduYLnhvYqWSpLg$zo8khTsNggl9blsIVFdmvFtMyhFUZ8dcS8xVXlJNLXY',NULL,0);
INSERT INTO "accounts" VALUES('ida','{"*": "engineer"}',1.0,NULL,'https://idp|42',0);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	actor TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	prev_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "audit" VALUES(1,1.79587362509504270546e+09,'access','otto','{"address":"127.0.0.1","event":"signed-in","how":"password","person":"otto","session":"f3d20100927ea53f"}','0000000000000000000000000000000000000000000000000000000000000000','a437720515d481a7fccf33786f48ff0a5ab0ee7d4d0371393d4dc00c6a9051dd');
INSERT INTO "audit" VALUES(2,1.79587362520101094251e+09,'access','ada','{"address":"127.0.0.1","event":"signed-in","how":"password","person":"ada","session":"8de368136d8c3655"}','a437720515d481a7fccf33786f48ff0a5ab0ee7d4d0371393d4dc00c6a9051dd','203a4771ee8eb7d8929c389ad4ae5721b452f60bf7b952db49a2f4062204a0f9');
INSERT INTO "audit" VALUES(3,1.79587362522596311574e+09,'batch','otto','{"at":1795873625.225963,"digest":"471efbd7e9dc71e3ba643c05cb37c722744e73326925250bc7261eb25503ff46","items":[{"asked":150,"at":1795873625.225963,"before":1080.0,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"pending","rev":1,"txId":"00000000-0000-4000-8000-000000000001"},{"asked":150,"at":1795873625.225963,"field":"targetSpeed","machine":"m_411","message":"there is no machine ''m_411'' in this plant","outcome":"rejected","txId":"00000000-0000-4000-8000-000000000001"},{"asked":1,"at":1795873625.225963,"field":"targetSpeed","machine":"m_999","message":"there is no machine ''m_999'' in this plant","outcome":"rejected","txId":"00000000-0000-4000-8000-000000000001"}],"person":"otto","reason":"first","source":{"filename":"plan.csv","rows":1,"sha256":"c116bdb4f44bdb996d64a743f9494c7c965fbd74e6cd565d8a1a1da423949db7"},"txId":"00000000-0000-4000-8000-000000000001"}','203a4771ee8eb7d8929c389ad4ae5721b452f60bf7b952db49a2f4062204a0f9','c83add9c265f01cf7bdac55742da99434a8572f4125fbef092421151cc3e4acb');
INSERT INTO "audit" VALUES(4,1.79587362532358789444e+09,'outcomes','setpoint','[{"asked":150,"at":1795873625.323588,"before":1080.0,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"applied","reported":150,"rev":1,"txId":"00000000-0000-4000-8000-000000000001"}]','c83add9c265f01cf7bdac55742da99434a8572f4125fbef092421151cc3e4acb','81d2272e3f0d2ec53859aeb0da885e698e40d3bf468f42eca207d0ee5d89f580');
INSERT INTO "audit" VALUES(5,1.79587362539596486097e+09,'batch','ada','{"at":1795873625.3959649,"digest":"4493f09ac90071b4df16ce04e24953ee0d0f823cb7d981d02dbfd6d9bc06b2d5","items":[{"asked":160,"at":1795873625.3959649,"before":150,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"pending","rev":2,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":161,"at":1795873625.3959649,"before":2230.0,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"pending","rev":1,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":162,"at":1795873625.3959649,"before":1980.0,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"pending","rev":1,"txId":"00000000-0000-4000-8000-000000000002"}],"person":"ada","reason":"second","txId":"00000000-0000-4000-8000-000000000002"}','81d2272e3f0d2ec53859aeb0da885e698e40d3bf468f42eca207d0ee5d89f580','255edb72f5b1d4fb67e29e64848999f3fcfa8d90615b1f4bf177b93e15b1ca7b');
INSERT INTO "audit" VALUES(6,1.79587362557328200337e+09,'outcomes','setpoint','[{"asked":160,"at":1795873625.573282,"before":150,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"applied","reported":160,"rev":2,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":161,"at":1795873625.573282,"before":2230.0,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"applied","reported":161,"rev":1,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":162,"at":1795873625.573282,"before":1980.0,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"applied","reported":162,"rev":1,"txId":"00000000-0000-4000-8000-000000000002"}]','255edb72f5b1d4fb67e29e64848999f3fcfa8d90615b1f4bf177b93e15b1ca7b','44f1f270daf4108a999fc92663086989fe1fe9bd5c5755ff9814f5fc140323e8');
INSERT INTO "audit" VALUES(7,1.79587362610712218289e+09,'batch','ada','{"at":1795873626.1071222,"digest":"80dbc2a4ccf7d2f1fbc37629c0eb1ff2ab20cfb938062ed164c7425e6c5baa76","follows":"00000000-0000-4000-8000-000000000002","items":[{"asked":150,"at":1795873626.1071222,"before":160,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"pending","rev":3,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":2230.0,"at":1795873626.1071222,"before":161,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"pending","rev":2,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":1980.0,"at":1795873626.1071222,"before":162,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"pending","rev":2,"txId":"00000000-0000-4000-8000-000000000003"}],"kind":"undo","person":"ada","txId":"00000000-0000-4000-8000-000000000003"}','44f1f270daf4108a999fc92663086989fe1fe9bd5c5755ff9814f5fc140323e8','017c104b49d4d298a4ad36a3f0890e686592567f752d89b7c50234a09bb450ce');
INSERT INTO "audit" VALUES(8,1.7958736263236105442e+09,'outcomes','setpoint','[{"asked":150,"at":1795873626.3236105,"before":160,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"applied","reported":150,"rev":3,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":2230.0,"at":1795873626.3236105,"before":161,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"applied","reported":2230.0,"rev":2,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":1980.0,"at":1795873626.3236105,"before":162,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"applied","reported":1980.0,"rev":2,"txId":"00000000-0000-4000-8000-000000000003"}]','017c104b49d4d298a4ad36a3f0890e686592567f752d89b7c50234a09bb450ce','e1d3233299fb72b414a91e4185e988bfab8e443b75cc9a478c9ffdc645b0a643');
INSERT INTO "audit" VALUES(9,1.795873627337159872e+09,'asserted','m_402','{"at":1795873627.3371599,"cause":"set from the simulator","kind":"asserted","line":"01","machine":"m_402","status":"EMERGENCY_STOP"}','e1d3233299fb72b414a91e4185e988bfab8e443b75cc9a478c9ffdc645b0a643','059fa9bacb873791d83c6ac5f84b6ef7fe39196e786607cbc64d8c71c2eb859a');
INSERT INTO "audit" VALUES(10,1.795873627337159872e+09,'device_change','m_402','{"at":1795873627.3371599,"before":960.0,"field":"targetSpeed","kind":"device_change","line":"01","machine":"m_402","rev":2,"txId":"device:m_402:targetSpeed:2","value":0.0}','059fa9bacb873791d83c6ac5f84b6ef7fe39196e786607cbc64d8c71c2eb859a','1c7b42de6eaa24bef8ed99419fb73a9e579f246a65c642918b07e575964281fe');
INSERT INTO "audit" VALUES(11,1.79587362783820676803e+09,'cleared','m_402','{"at":1795873627.8382068,"kind":"cleared","line":"01","machine":"m_402","status":"EMERGENCY_STOP"}','1c7b42de6eaa24bef8ed99419fb73a9e579f246a65c642918b07e575964281fe','d89fbe3785af652ccc30d6654281cfc7054164d9ccd80038308ad944d3f5e84e');
INSERT INTO "audit" VALUES(12,1.79587362835548639298e+09,'access','ada','{"address":"127.0.0.1","event":"sign-in-refused","person":"ada"}','d89fbe3785af652ccc30d6654281cfc7054164d9ccd80038308ad944d3f5e84e','7f9d1b195b4cef10f883e032102df4aea7cb9312e6f013b6bf08cf56c9609588');
INSERT INTO "audit" VALUES(13,1750000000.0,'batch','ada','{"at":1750000000.0,"digest":"0000000000000000000000000000000000000000000000000000000000000000","items":[{"asked":170,"at":1750000000.0,"before":150,"field":"targetSpeed","line":"01","machine":"m_403","outcome":"pending","rev":9,"txId":"00000000-0000-4000-8000-000000000004"},{"asked":170,"at":1750000000.0,"before":150,"field":"targetSpeed","line":"02","machine":"m_412","outcome":"accepted","rev":9,"txId":"00000000-0000-4000-8000-000000000004"},{"asked":170,"at":1750000000.0,"before":150,"by":{"kind":"safety","name":"EMERGENCY_STOP"},"field":"targetSpeed","line":"02","machine":"m_413","message":"EMERGENCY_STOP","outcome":"blocked","txId":"00000000-0000-4000-8000-000000000004"}],"person":"ada","txId":"00000000-0000-4000-8000-000000000004"}','7f9d1b195b4cef10f883e032102df4aea7cb9312e6f013b6bf08cf56c9609588','a995450f6dd69a4dd136e5bb93012649bcf93cd7527e9810d2989398ca9475c8');
INSERT INTO "audit" VALUES(14,1750000000.0,'second-person','ada','{"event":"held","txId":"00000000-0000-4000-8000-000000000005"}','a995450f6dd69a4dd136e5bb93012649bcf93cd7527e9810d2989398ca9475c8','15567ba93e1b9a259f7e802d1121e126d64fdb659636c1f69ac7d45141f791c3');
CREATE TABLE batches (
	tx_id VARCHAR(36) NOT NULL, 
	person VARCHAR(200) NOT NULL, 
	at DOUBLE NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	is_atomic BOOLEAN NOT NULL, 
	reason TEXT, 
	source TEXT, 
	kind VARCHAR(16) NOT NULL, 
	follows VARCHAR(36), 
	PRIMARY KEY (tx_id)
);
INSERT INTO "batches" VALUES('00000000-0000-4000-8000-000000000001','otto',1.79587362522596311574e+09,'471efbd7e9dc71e3ba643c05cb37c722744e73326925250bc7261eb25503ff46',0,'first','{"filename":"plan.csv","sha256":"c116bdb4f44bdb996d64a743f9494c7c965fbd74e6cd565d8a1a1da423949db7","rows":1}','commit',NULL);
INSERT INTO "batches" VALUES('00000000-0000-4000-8000-000000000002','ada',1.79587362539596486097e+09,'4493f09ac90071b4df16ce04e24953ee0d0f823cb7d981d02dbfd6d9bc06b2d5',0,'second',NULL,'commit',NULL);
INSERT INTO "batches" VALUES('00000000-0000-4000-8000-000000000003','ada',1.79587362610712218289e+09,'80dbc2a4ccf7d2f1fbc37629c0eb1ff2ab20cfb938062ed164c7425e6c5baa76',0,NULL,NULL,'undo','00000000-0000-4000-8000-000000000002');
INSERT INTO "batches" VALUES('00000000-0000-4000-8000-000000000004','ada',1750000000.0,'0000000000000000000000000000000000000000000000000000000000000000',0,NULL,NULL,'commit',NULL);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	machine VARCHAR(64) NOT NULL, 
	line VARCHAR(32) NOT NULL, 
	at DOUBLE NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'asserted','m_402','01',1.795873627337159872e+09,'{"kind":"asserted","machine":"m_402","at":1795873627.3371599,"line":"01","status":"EMERGENCY_STOP","cause":"set from the simulator"}');
INSERT INTO "events" VALUES(2,'device_change','m_402','01',1.795873627337159872e+09,'{"kind":"device_change","machine":"m_402","at":1795873627.3371599,"line":"01","field":"targetSpeed","txId":"device:m_402:targetSpeed:2","before":960.0,"value":0.0,"rev":2}');
INSERT INTO "events" VALUES(3,'cleared','m_402','01',1.79587362783820676803e+09,'{"kind":"cleared","machine":"m_402","at":1795873627.8382068,"line":"01","status":"EMERGENCY_STOP"}');
CREATE TABLE files (
	sha256 VARCHAR(64) NOT NULL, 
	filename TEXT NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "files" VALUES('c116bdb4f44bdb996d64a743f9494c7c965fbd74e6cd565d8a1a1da423949db7','plan.csv',X'4D616368696E652049443B5461726765742053706565640A6D3A3430313B3135300A');
CREATE TABLE held (
	tx_id VARCHAR(36) NOT NULL, 
	at DOUBLE NOT NULL, 
	until DOUBLE NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (tx_id)
);
INSERT INTO "held" VALUES('00000000-0000-4000-8000-000000000005',1750000000.0,4000000000.0,'{"request":{"txId":"00000000-0000-4000-8000-000000000005","updates":{"m_401":{"targetSpeed":155}}},"person":{"name":"ada","grants":{"*":4},"via":""},"kind":"commit","follows":null,"at":1750000000.0,"until":4000000000.0}');
CREATE TABLE invites (
	secret_hash VARCHAR(64) NOT NULL, 
	account VARCHAR(64), 
	expires_ts DOUBLE NOT NULL, 
	PRIMARY KEY (secret_hash)
);
INSERT INTO "invites" VALUES('bfd4aa8a303aa314483a5008e78b106e53e807e342060a2c00f86a364994a968','vera',4000000000.0);
CREATE TABLE items (
	tx_id VARCHAR(36) NOT NULL, 
	machine VARCHAR(64) NOT NULL, 
	field VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	line VARCHAR(32) NOT NULL, 
	asked TEXT NOT NULL, 
	"before" TEXT NOT NULL, 
	reported TEXT, 
	outcome VARCHAR(16) NOT NULL, 
	at DOUBLE NOT NULL, 
	rev INTEGER, 
	by_kind VARCHAR(16), 
	by_name TEXT, 
	message TEXT, 
	since DOUBLE, 
	PRIMARY KEY (tx_id, machine, field), 
	FOREIGN KEY(tx_id) REFERENCES batches (tx_id)
);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000001','m_401','targetSpeed',0,'01','150','1080.0','150','applied',1.79587362532358789444e+09,1,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000001','m_411','targetSpeed',1,'','150','null',NULL,'rejected',1.79587362522596311574e+09,NULL,NULL,NULL,'there is no machine ''m_411'' in this plant',NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000001','m_999','targetSpeed',2,'','1','null',NULL,'rejected',1.79587362522596311574e+09,NULL,NULL,NULL,'there is no machine ''m_999'' in this plant',NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000002','m_401','targetSpeed',0,'01','160','150','160','applied',1.79587362557328200337e+09,2,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000002','m_411','targetSpeed',1,'02','161','2230.0','161','applied',1.79587362557328200337e+09,1,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000002','m_421','targetSpeed',2,'03','162','1980.0','162','applied',1.79587362557328200337e+09,1,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000003','m_401','targetSpeed',0,'01','150','160','150','applied',1.7958736263236105442e+09,3,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000003','m_411','targetSpeed',1,'02','2230.0','161','2230.0','applied',1.7958736263236105442e+09,2,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000003','m_421','targetSpeed',2,'03','1980.0','162','1980.0','applied',1.7958736263236105442e+09,2,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000004','m_403','targetSpeed',0,'01','170','150',NULL,'pending',1750000000.0,9,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000004','m_412','targetSpeed',1,'02','170','150',NULL,'accepted',1750000000.0,9,NULL,NULL,NULL,NULL);
INSERT INTO "items" VALUES('00000000-0000-4000-8000-000000000004','m_413','targetSpeed',2,'02','170','150',NULL,'blocked',1750000000.0,NULL,'safety','EMERGENCY_STOP','EMERGENCY_STOP',NULL);
CREATE TABLE keys (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(64) NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "keys" VALUES('oidc','kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk');
CREATE TABLE revs (
	machine VARCHAR(64) NOT NULL, 
	field VARCHAR(64) NOT NULL, 
	rev INTEGER NOT NULL, 
	written INTEGER NOT NULL, 
	by_kind VARCHAR(16), 
	by_name TEXT, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (machine, field)
);
INSERT INTO "revs" VALUES('m_401','targetSpeed',3,3,'operator','ada',1.79587362610712218289e+09);
INSERT INTO "revs" VALUES('m_411','targetSpeed',2,2,'operator','ada',1.79587362610712218289e+09);
INSERT INTO "revs" VALUES('m_421','targetSpeed',2,2,'operator','ada',1.79587362610712218289e+09);
INSERT INTO "revs" VALUES('m_402','targetSpeed',2,2,'device','m:402',1.795873627337159872e+09);
INSERT INTO "revs" VALUES('m_402','mode',1,0,'safety','EMERGENCY_STOP',1.795873627337159872e+09);
INSERT INTO "revs" VALUES('m_403','targetSpeed',9,9,'operator','ada',1750000000.0);
CREATE TABLE sessions (
	id VARCHAR(32) NOT NULL, 
	secret_hash VARCHAR(64) NOT NULL, 
	account VARCHAR(64) NOT NULL, 
	address VARCHAR(64) NOT NULL, 
	agent VARCHAR(200) NOT NULL, 
	created_ts DOUBLE NOT NULL, 
	seen_ts DOUBLE NOT NULL, 
	ended_ts DOUBLE, 
	PRIMARY KEY (id)
);
INSERT INTO "sessions" VALUES('f3d20100927ea53f','ef6b7fe08ad7de4b27baf7a9563db109a308c28037b0c9e2f8ecb13adaf3ef3b','otto','127.0.0.1','python-httpx/0.28.1',1.79587362508002543453e+09,1.79587362508002543453e+09,NULL);
INSERT INTO "sessions" VALUES('8de368136d8c3655','4f8fea1e769dd3bae41757748d742e17afb4f6fd2861f547200751f262c147b8','ada','127.0.0.1','python-httpx/0.28.1',1.79587362518818020821e+09,1.79587362518818020821e+09,NULL);
INSERT INTO "sessions" VALUES('ssssssssssssssssssssss','c0516f18311114c4b07ac7fedd17c5cea9fbbc58c84b253c459bd3d83f8b26f2','ada','127.0.0.1','tests',3999999990.0,3999999990.0,NULL);
CREATE TABLE tokens (
	id VARCHAR(32) NOT NULL, 
	secret_hash VARCHAR(64) NOT NULL, 
	account VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	grants TEXT NOT NULL, 
	created_ts DOUBLE NOT NULL, 
	expires_ts DOUBLE NOT NULL, 
	seen_ts DOUBLE, 
	revoked_ts DOUBLE, 
	PRIMARY KEY (id)
);
INSERT INTO "tokens" VALUES('cc80b3717e07d178','420f17b3c993c34905a22a498644d572c3fb838318dc708aeee330b844c3b729','otto','mes','{"*": "operator"}',1.79587362462284255031e+09,1.79596002462284255025e+09,NULL,NULL);
INSERT INTO "tokens" VALUES('tttttttttttttttttttttt','64c36fc8c2cb71b06e1423ff15f192fb9c8096a5b00e2287a39754cdf346ed50','otto','old','{"01": "operator"}',1750000000.0,4000000000.0,NULL,NULL);
CREATE INDEX ix_batches_at ON batches (at, tx_id);
CREATE INDEX ix_batches_person ON batches (person, at);
CREATE INDEX ix_items_machine ON items (machine, tx_id);
CREATE INDEX ix_items_outcome ON items (outcome, at);
CREATE INDEX ix_events_at ON events (at, id);
CREATE INDEX ix_events_machine ON events (machine, at);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE UNIQUE INDEX ix_accounts_subject ON accounts (subject);
CREATE UNIQUE INDEX ix_sessions_secret ON sessions (secret_hash);
CREATE INDEX ix_sessions_account ON sessions (account, address);
CREATE UNIQUE INDEX ix_tokens_living_name ON tokens (account, name) WHERE revoked_ts IS NULL;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE INDEX ix_held_until ON held (until);
COMMIT;
