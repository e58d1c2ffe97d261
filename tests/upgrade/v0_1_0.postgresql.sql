--
-- PostgreSQL database dump
--

\restrict ozoVr2ZID2Du3V9CEhSaTNKqvfURbWijSgxfPxQtxYHLt1PcckvQnaDisgjvbli

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: audit_is_append_only(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: account_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account_version (
    id integer NOT NULL,
    version integer NOT NULL
);


--
-- Name: accounts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts (
    name character varying(64) NOT NULL,
    grants text NOT NULL,
    created_ts double precision NOT NULL,
    password_hash text,
    subject character varying(512),
    is_disabled boolean NOT NULL
);


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: audit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit (
    seq integer NOT NULL,
    at double precision NOT NULL,
    kind character varying(32) NOT NULL,
    actor text NOT NULL,
    payload text NOT NULL,
    prev_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL
);


--
-- Name: batches; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.batches (
    tx_id character varying(36) NOT NULL,
    person character varying(200) NOT NULL,
    at double precision NOT NULL,
    digest character varying(64) NOT NULL,
    is_atomic boolean NOT NULL,
    reason text,
    source text,
    kind character varying(16) NOT NULL,
    follows character varying(36)
);


--
-- Name: events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events (
    id integer NOT NULL,
    kind character varying(32) NOT NULL,
    machine character varying(64) NOT NULL,
    line character varying(32) NOT NULL,
    at double precision NOT NULL,
    body text NOT NULL
);


--
-- Name: events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.events_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: events_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.events_id_seq OWNED BY public.events.id;


--
-- Name: files; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.files (
    sha256 character varying(64) NOT NULL,
    filename text NOT NULL,
    content bytea NOT NULL
);


--
-- Name: held; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.held (
    tx_id character varying(36) NOT NULL,
    at double precision NOT NULL,
    until double precision NOT NULL,
    body text NOT NULL
);


--
-- Name: invites; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.invites (
    secret_hash character varying(64) NOT NULL,
    account character varying(64),
    expires_ts double precision NOT NULL
);


--
-- Name: items; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.items (
    tx_id character varying(36) NOT NULL,
    machine character varying(64) NOT NULL,
    field character varying(64) NOT NULL,
    "position" integer NOT NULL,
    line character varying(32) NOT NULL,
    asked text NOT NULL,
    before text NOT NULL,
    reported text,
    outcome character varying(16) NOT NULL,
    at double precision NOT NULL,
    rev integer,
    by_kind character varying(16),
    by_name text,
    message text,
    since double precision
);


--
-- Name: keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.keys (
    name character varying(64) NOT NULL,
    value character varying(64) NOT NULL
);


--
-- Name: revs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.revs (
    machine character varying(64) NOT NULL,
    field character varying(64) NOT NULL,
    rev integer NOT NULL,
    written integer NOT NULL,
    by_kind character varying(16),
    by_name text,
    at double precision NOT NULL
);


--
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sessions (
    id character varying(32) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    account character varying(64) NOT NULL,
    address character varying(64) NOT NULL,
    agent character varying(200) NOT NULL,
    created_ts double precision NOT NULL,
    seen_ts double precision NOT NULL,
    ended_ts double precision
);


--
-- Name: tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tokens (
    id character varying(32) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    account character varying(64) NOT NULL,
    name character varying(64) NOT NULL,
    grants text NOT NULL,
    created_ts double precision NOT NULL,
    expires_ts double precision NOT NULL,
    seen_ts double precision,
    revoked_ts double precision
);


--
-- Name: events id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events ALTER COLUMN id SET DEFAULT nextval('public.events_id_seq'::regclass);


--
-- Data for Name: account_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.account_version VALUES (1, 4);


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts VALUES ('ada', '{"*": "admin"}', 1795873633.5625787, '$argon2id$v=19$m=64,t=1,p=1$iVW8YdMZFNKKrYnrDaZgIA$17Njo5WZRImzKb8UkCDV0PkgGecizM+gDAdngqKRK7E', NULL, false);
INSERT INTO public.accounts VALUES ('otto', '{"01": "operator"}', 1795873633.5868726, '$argon2id$v=19$m=64,t=1,p=1$OZpQNumbVOzOix0jPMpMhA$1+GhEBiVPKV7VH2GbK4zrNshPk8YISJoMMo+GgO7uQg', NULL, false);
INSERT INTO public.accounts VALUES ('vera', '{"*": "viewer"}', 1795873633.59486, '$argon2id$v=19$m=64,t=1,p=1$4f9YBNKpuJ/mrD7dS9fkYw$awDF5QUptqMHRLY2LfzLOO5FBmapmcrrGzl5LL5oUMM', NULL, false);
INSERT INTO public.accounts VALUES ('ida', '{"*": "engineer"}', 1, NULL, 'https://idp|42', false);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0004');


--
-- Data for Name: audit; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit VALUES (1, 1795873633.9296737, 'access', 'otto', '{"address":"127.0.0.1","event":"signed-in","how":"password","person":"otto","session":"3c354a7a26701f40"}', '0000000000000000000000000000000000000000000000000000000000000000', 'ab8a75cefb01bc12f9ea076787ddad60209adfeac5b74a1856c9caea1f1171f8');
INSERT INTO public.audit VALUES (2, 1795873633.9972243, 'access', 'ada', '{"address":"127.0.0.1","event":"signed-in","how":"password","person":"ada","session":"c852cadfd90e20fa"}', 'ab8a75cefb01bc12f9ea076787ddad60209adfeac5b74a1856c9caea1f1171f8', 'cee366935fd739b2521ef8f612b46d80c1182819811be4cda515ff122c3fc196');
INSERT INTO public.audit VALUES (3, 1795873634.0144923, 'batch', 'otto', '{"at":1795873634.0144923,"digest":"471efbd7e9dc71e3ba643c05cb37c722744e73326925250bc7261eb25503ff46","items":[{"asked":150,"at":1795873634.0144923,"before":1080.0,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"pending","rev":1,"txId":"00000000-0000-4000-8000-000000000001"},{"asked":150,"at":1795873634.0144923,"field":"targetSpeed","machine":"m_411","message":"there is no machine ''m_411'' in this plant","outcome":"rejected","txId":"00000000-0000-4000-8000-000000000001"},{"asked":1,"at":1795873634.0144923,"field":"targetSpeed","machine":"m_999","message":"there is no machine ''m_999'' in this plant","outcome":"rejected","txId":"00000000-0000-4000-8000-000000000001"}],"person":"otto","reason":"first","source":{"filename":"plan.csv","rows":1,"sha256":"c116bdb4f44bdb996d64a743f9494c7c965fbd74e6cd565d8a1a1da423949db7"},"txId":"00000000-0000-4000-8000-000000000001"}', 'cee366935fd739b2521ef8f612b46d80c1182819811be4cda515ff122c3fc196', 'ba342cbb11988c60b5fc962c9c93d07825b0a4dfef1100e6d10b2163f55f0072');
INSERT INTO public.audit VALUES (4, 1795873634.2882314, 'outcomes', 'setpoint', '[{"asked":150,"at":1795873634.2882314,"before":1080.0,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"applied","reported":150,"rev":1,"txId":"00000000-0000-4000-8000-000000000001"}]', 'ba342cbb11988c60b5fc962c9c93d07825b0a4dfef1100e6d10b2163f55f0072', '7d7c82499e6cb8cfc5aecf7b7326591131a9637d3f71e6b8d36ce86e8675b6d3');
INSERT INTO public.audit VALUES (5, 1795873634.346515, 'batch', 'ada', '{"at":1795873634.346515,"digest":"4493f09ac90071b4df16ce04e24953ee0d0f823cb7d981d02dbfd6d9bc06b2d5","items":[{"asked":160,"at":1795873634.346515,"before":150,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"pending","rev":2,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":161,"at":1795873634.346515,"before":2230.0,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"pending","rev":1,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":162,"at":1795873634.346515,"before":1980.0,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"pending","rev":1,"txId":"00000000-0000-4000-8000-000000000002"}],"person":"ada","reason":"second","txId":"00000000-0000-4000-8000-000000000002"}', '7d7c82499e6cb8cfc5aecf7b7326591131a9637d3f71e6b8d36ce86e8675b6d3', '0e51a8283615ad4b597ae7b8644c508e26e37bfb42a54a1a44d87225bfec60f3');
INSERT INTO public.audit VALUES (6, 1795873634.538196, 'outcomes', 'setpoint', '[{"asked":160,"at":1795873634.538196,"before":150,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"applied","reported":160,"rev":2,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":161,"at":1795873634.538196,"before":2230.0,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"applied","reported":161,"rev":1,"txId":"00000000-0000-4000-8000-000000000002"},{"asked":162,"at":1795873634.538196,"before":1980.0,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"applied","reported":162,"rev":1,"txId":"00000000-0000-4000-8000-000000000002"}]', '0e51a8283615ad4b597ae7b8644c508e26e37bfb42a54a1a44d87225bfec60f3', 'cbbac999555621733526b96ccf880ab2c8c00eb4f927601522e4a9ccbe796aa6');
INSERT INTO public.audit VALUES (7, 1795873635.091293, 'batch', 'ada', '{"at":1795873635.091293,"digest":"80dbc2a4ccf7d2f1fbc37629c0eb1ff2ab20cfb938062ed164c7425e6c5baa76","follows":"00000000-0000-4000-8000-000000000002","items":[{"asked":150,"at":1795873635.091293,"before":160,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"pending","rev":3,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":2230.0,"at":1795873635.091293,"before":161,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"pending","rev":2,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":1980.0,"at":1795873635.091293,"before":162,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"pending","rev":2,"txId":"00000000-0000-4000-8000-000000000003"}],"kind":"undo","person":"ada","txId":"00000000-0000-4000-8000-000000000003"}', 'cbbac999555621733526b96ccf880ab2c8c00eb4f927601522e4a9ccbe796aa6', '828277c8f8994e33fdbbaa02418888a20b0704b520a192e0464989e1a9df07b2');
INSERT INTO public.audit VALUES (8, 1795873635.2883058, 'outcomes', 'setpoint', '[{"asked":150,"at":1795873635.2883058,"before":160,"field":"targetSpeed","line":"01","machine":"m_401","outcome":"applied","reported":150,"rev":3,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":2230.0,"at":1795873635.2883058,"before":161,"field":"targetSpeed","line":"02","machine":"m_411","outcome":"applied","reported":2230.0,"rev":2,"txId":"00000000-0000-4000-8000-000000000003"},{"asked":1980.0,"at":1795873635.2883058,"before":162,"field":"targetSpeed","line":"03","machine":"m_421","outcome":"applied","reported":1980.0,"rev":2,"txId":"00000000-0000-4000-8000-000000000003"}]', '828277c8f8994e33fdbbaa02418888a20b0704b520a192e0464989e1a9df07b2', 'a410e4320d23edcf6d6f35ae81d0be1111016eaf92d6a1019e2cffcc70831c20');
INSERT INTO public.audit VALUES (9, 1795873636.2945223, 'asserted', 'm_402', '{"at":1795873636.2945223,"cause":"set from the simulator","kind":"asserted","line":"01","machine":"m_402","status":"EMERGENCY_STOP"}', 'a410e4320d23edcf6d6f35ae81d0be1111016eaf92d6a1019e2cffcc70831c20', '659fcf538a2aa2b90d25f12c7659cea555967bf5ba42f129cd4e5774e145da95');
INSERT INTO public.audit VALUES (10, 1795873636.2945223, 'device_change', 'm_402', '{"at":1795873636.2945223,"before":960.0,"field":"targetSpeed","kind":"device_change","line":"01","machine":"m_402","rev":2,"txId":"device:m_402:targetSpeed:2","value":0.0}', '659fcf538a2aa2b90d25f12c7659cea555967bf5ba42f129cd4e5774e145da95', '62c47d4881bc59a0f4b50865f4d29dc61cd07fb35cee2a4aa53798ae1effdeac');
INSERT INTO public.audit VALUES (11, 1795873636.7952313, 'cleared', 'm_402', '{"at":1795873636.7952313,"kind":"cleared","line":"01","machine":"m_402","status":"EMERGENCY_STOP"}', '62c47d4881bc59a0f4b50865f4d29dc61cd07fb35cee2a4aa53798ae1effdeac', '163b12167de29109cb9756622ec6a14bc4f3ff7b173e395bf7ce609d30a183c2');
INSERT INTO public.audit VALUES (12, 1795873637.3588157, 'access', 'ada', '{"address":"127.0.0.1","event":"sign-in-refused","person":"ada"}', '163b12167de29109cb9756622ec6a14bc4f3ff7b173e395bf7ce609d30a183c2', 'd9b10e4608e4d704b6e408559da7e97b2830be19307cbdd83a5271cb734bbbd1');
INSERT INTO public.audit VALUES (13, 1750000000, 'batch', 'ada', '{"at":1750000000.0,"digest":"0000000000000000000000000000000000000000000000000000000000000000","items":[{"asked":170,"at":1750000000.0,"before":150,"field":"targetSpeed","line":"01","machine":"m_403","outcome":"pending","rev":9,"txId":"00000000-0000-4000-8000-000000000004"},{"asked":170,"at":1750000000.0,"before":150,"field":"targetSpeed","line":"02","machine":"m_412","outcome":"accepted","rev":9,"txId":"00000000-0000-4000-8000-000000000004"},{"asked":170,"at":1750000000.0,"before":150,"by":{"kind":"safety","name":"EMERGENCY_STOP"},"field":"targetSpeed","line":"02","machine":"m_413","message":"EMERGENCY_STOP","outcome":"blocked","txId":"00000000-0000-4000-8000-000000000004"}],"person":"ada","txId":"00000000-0000-4000-8000-000000000004"}', 'd9b10e4608e4d704b6e408559da7e97b2830be19307cbdd83a5271cb734bbbd1', 'ea4f0a37288920053619c537182f7640b9d763dd0c98778ea3aad80eabb84102');
INSERT INTO public.audit VALUES (14, 1750000000, 'second-person', 'ada', '{"event":"held","txId":"00000000-0000-4000-8000-000000000005"}', 'ea4f0a37288920053619c537182f7640b9d763dd0c98778ea3aad80eabb84102', 'c20b721d26a5f786b98d0c4820e8cdf5602bcbbf3cc87f82c0cdbca2bc11140c');


--
-- Data for Name: batches; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.batches VALUES ('00000000-0000-4000-8000-000000000001', 'otto', 1795873634.0144923, '471efbd7e9dc71e3ba643c05cb37c722744e73326925250bc7261eb25503ff46', false, 'first', '{"filename":"plan.csv","sha256":"c116bdb4f44bdb996d64a743f9494c7c965fbd74e6cd565d8a1a1da423949db7","rows":1}', 'commit', NULL);
INSERT INTO public.batches VALUES ('00000000-0000-4000-8000-000000000002', 'ada', 1795873634.346515, '4493f09ac90071b4df16ce04e24953ee0d0f823cb7d981d02dbfd6d9bc06b2d5', false, 'second', NULL, 'commit', NULL);
INSERT INTO public.batches VALUES ('00000000-0000-4000-8000-000000000003', 'ada', 1795873635.091293, '80dbc2a4ccf7d2f1fbc37629c0eb1ff2ab20cfb938062ed164c7425e6c5baa76', false, NULL, NULL, 'undo', '00000000-0000-4000-8000-000000000002');
INSERT INTO public.batches VALUES ('00000000-0000-4000-8000-000000000004', 'ada', 1750000000, '0000000000000000000000000000000000000000000000000000000000000000', false, NULL, NULL, 'commit', NULL);


--
-- Data for Name: events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.events VALUES (1, 'asserted', 'm_402', '01', 1795873636.2945223, '{"kind":"asserted","machine":"m_402","at":1795873636.2945223,"line":"01","status":"EMERGENCY_STOP","cause":"set from the simulator"}');
INSERT INTO public.events VALUES (2, 'device_change', 'm_402', '01', 1795873636.2945223, '{"kind":"device_change","machine":"m_402","at":1795873636.2945223,"line":"01","field":"targetSpeed","txId":"device:m_402:targetSpeed:2","before":960.0,"value":0.0,"rev":2}');
INSERT INTO public.events VALUES (3, 'cleared', 'm_402', '01', 1795873636.7952313, '{"kind":"cleared","machine":"m_402","at":1795873636.7952313,"line":"01","status":"EMERGENCY_STOP"}');


--
-- Data for Name: files; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.files VALUES ('c116bdb4f44bdb996d64a743f9494c7c965fbd74e6cd565d8a1a1da423949db7', 'plan.csv', '\x4d616368696e652049443b5461726765742053706565640a6d3a3430313b3135300a');


--
-- Data for Name: held; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.held VALUES ('00000000-0000-4000-8000-000000000005', 1750000000, 4000000000, '{"request":{"txId":"00000000-0000-4000-8000-000000000005","updates":{"m_401":{"targetSpeed":155}}},"person":{"name":"ada","grants":{"*":4},"via":""},"kind":"commit","follows":null,"at":1750000000.0,"until":4000000000.0}');


--
-- Data for Name: invites; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.invites VALUES ('bfd4aa8a303aa314483a5008e78b106e53e807e342060a2c00f86a364994a968', 'vera', 4000000000);


--
-- Data for Name: items; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000001', 'm_411', 'targetSpeed', 1, '', '150', 'null', NULL, 'rejected', 1795873634.0144923, NULL, NULL, NULL, 'there is no machine ''m_411'' in this plant', NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000001', 'm_999', 'targetSpeed', 2, '', '1', 'null', NULL, 'rejected', 1795873634.0144923, NULL, NULL, NULL, 'there is no machine ''m_999'' in this plant', NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000001', 'm_401', 'targetSpeed', 0, '01', '150', '1080.0', '150', 'applied', 1795873634.2882314, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000002', 'm_401', 'targetSpeed', 0, '01', '160', '150', '160', 'applied', 1795873634.538196, 2, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000002', 'm_411', 'targetSpeed', 1, '02', '161', '2230.0', '161', 'applied', 1795873634.538196, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000002', 'm_421', 'targetSpeed', 2, '03', '162', '1980.0', '162', 'applied', 1795873634.538196, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000003', 'm_401', 'targetSpeed', 0, '01', '150', '160', '150', 'applied', 1795873635.2883058, 3, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000003', 'm_411', 'targetSpeed', 1, '02', '2230.0', '161', '2230.0', 'applied', 1795873635.2883058, 2, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000003', 'm_421', 'targetSpeed', 2, '03', '1980.0', '162', '1980.0', 'applied', 1795873635.2883058, 2, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000004', 'm_403', 'targetSpeed', 0, '01', '170', '150', NULL, 'pending', 1750000000, 9, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000004', 'm_412', 'targetSpeed', 1, '02', '170', '150', NULL, 'accepted', 1750000000, 9, NULL, NULL, NULL, NULL);
INSERT INTO public.items VALUES ('00000000-0000-4000-8000-000000000004', 'm_413', 'targetSpeed', 2, '02', '170', '150', NULL, 'blocked', 1750000000, NULL, 'safety', 'EMERGENCY_STOP', 'EMERGENCY_STOP', NULL);


--
-- Data for Name: keys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.keys VALUES ('oidc', 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk');


--
-- Data for Name: revs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.revs VALUES ('m_401', 'targetSpeed', 3, 3, 'operator', 'ada', 1795873635.091293);
INSERT INTO public.revs VALUES ('m_411', 'targetSpeed', 2, 2, 'operator', 'ada', 1795873635.091293);
INSERT INTO public.revs VALUES ('m_421', 'targetSpeed', 2, 2, 'operator', 'ada', 1795873635.091293);
INSERT INTO public.revs VALUES ('m_402', 'mode', 1, 0, 'safety', 'EMERGENCY_STOP', 1795873636.2945223);
INSERT INTO public.revs VALUES ('m_402', 'targetSpeed', 2, 2, 'device', 'm:402', 1795873636.2945223);
INSERT INTO public.revs VALUES ('m_403', 'targetSpeed', 9, 9, 'operator', 'ada', 1750000000);


--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sessions VALUES ('3c354a7a26701f40', 'aaee4bea616b625f9cceffc97fa313e328b2ffd1944b7038dbb5fd0789add7ec', 'otto', '127.0.0.1', 'python-httpx/0.28.1', 1795873633.9269385, 1795873633.9269385, NULL);
INSERT INTO public.sessions VALUES ('c852cadfd90e20fa', '0b0d594e967cce39d2620405341fd513291cac8d24f49b14a9c5eabc14abfae1', 'ada', '127.0.0.1', 'python-httpx/0.28.1', 1795873633.995733, 1795873633.995733, NULL);
INSERT INTO public.sessions VALUES ('ssssssssssssssssssssss', 'c0516f18311114c4b07ac7fedd17c5cea9fbbc58c84b253c459bd3d83f8b26f2', 'ada', '127.0.0.1', 'tests', 3999999990, 3999999990, NULL);


--
-- Data for Name: tokens; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.tokens VALUES ('610a252177baadd7', '6637882413f5cca8e7ac97b2b39c508ac4b01f3876e81cc959c80dc6213a8bbb', 'otto', 'mes', '{"*": "operator"}', 1795873633.6130977, 1795960033.6130977, NULL, NULL);
INSERT INTO public.tokens VALUES ('tttttttttttttttttttttt', '64c36fc8c2cb71b06e1423ff15f192fb9c8096a5b00e2287a39754cdf346ed50', 'otto', 'old', '{"01": "operator"}', 1750000000, 4000000000, NULL, NULL);


--
-- Name: events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.events_id_seq', 3, true);


--
-- Name: account_version account_version_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_version
    ADD CONSTRAINT account_version_pkey PRIMARY KEY (id);


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (name);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (seq);


--
-- Name: batches batches_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (tx_id);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);


--
-- Name: files files_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (sha256);


--
-- Name: held held_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.held
    ADD CONSTRAINT held_pkey PRIMARY KEY (tx_id);


--
-- Name: invites invites_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_pkey PRIMARY KEY (secret_hash);


--
-- Name: items items_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (tx_id, machine, field);


--
-- Name: keys keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (name);


--
-- Name: revs revs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.revs
    ADD CONSTRAINT revs_pkey PRIMARY KEY (machine, field);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);


--
-- Name: tokens tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);


--
-- Name: ix_accounts_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ix_accounts_subject ON public.accounts USING btree (subject);


--
-- Name: ix_batches_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_batches_at ON public.batches USING btree (at, tx_id);


--
-- Name: ix_batches_person; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_batches_person ON public.batches USING btree (person, at);


--
-- Name: ix_events_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_events_at ON public.events USING btree (at, id);


--
-- Name: ix_events_machine; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_events_machine ON public.events USING btree (machine, at);


--
-- Name: ix_held_until; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_held_until ON public.held USING btree (until);


--
-- Name: ix_items_machine; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_items_machine ON public.items USING btree (machine, tx_id);


--
-- Name: ix_items_outcome; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_items_outcome ON public.items USING btree (outcome, at);


--
-- Name: ix_sessions_account; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sessions_account ON public.sessions USING btree (account, address);


--
-- Name: ix_sessions_secret; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ix_sessions_secret ON public.sessions USING btree (secret_hash);


--
-- Name: ix_tokens_living_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ix_tokens_living_name ON public.tokens USING btree (account, name) WHERE (revoked_ts IS NULL);


--
-- Name: audit audit_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();


--
-- Name: items items_tx_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_tx_id_fkey FOREIGN KEY (tx_id) REFERENCES public.batches(tx_id);


--
-- PostgreSQL database dump complete
--

\unrestrict ozoVr2ZID2Du3V9CEhSaTNKqvfURbWijSgxfPxQtxYHLt1PcckvQnaDisgjvbli

