/** The people of the plant, for administrators: add people, change their rights, end their sessions and tokens. */

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "../../api.ts";
import { problemOf } from "../../queries.ts";
import { hrefOf, setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { RoleField, rightsOf, Secret, Sessions, Tokens } from "../account/Access.tsx";
import type { Session, Token } from "../account/session.ts";
import { AdminPage } from "../admin/AdminPage.tsx";
import { usePlant } from "../plant/plantContext.ts";
import {
  addPerson,
  createTokenOf,
  endSessionOf,
  endSessionsOf,
  fetchPeople,
  fetchSessionsOf,
  fetchTokensOf,
  type Grants,
  grant,
  type LinkMade,
  makeLink,
  type Person,
  revokeTokenOf,
  setDisabled,
} from "./people.ts";

export function PeopleView() {
  return (
    <AdminPage title={t("frame-people")}>
      <Everybody />
    </AdminPage>
  );
}

function Everybody() {
  const { clock } = usePlant();
  const query = useQuery({ queryKey: ["people"], queryFn: fetchPeople });
  const people = query.data;
  const problem = problemOf(query);
  const load = () => void query.refetch();
  const chosen = useParam("person");
  if (!people) return problem ? <p role="alert">{problem}</p> : <p role="status">{t("people-loading")}</p>;
  const person = people.find((each) => each.name === chosen);
  return (
    <>
      {problem && <p role="alert">{problem}</p>}
      <div className="table-scroll">
        <table className="table is-labelled">
          <thead>
            <tr>
              <th scope="col">{t("people-name")}</th>
              <th scope="col">{t("people-rights")}</th>
              <th scope="col">{t("people-comes-by")}</th>
              <th scope="col">{t("people-last-sign-in")}</th>
            </tr>
          </thead>
          <tbody>
            {people.map((each) => (
              <tr key={each.name} className={each.name === chosen ? "is-chosen" : undefined}>
                <th scope="row">
                  <a
                    href={hrefOf({ view: "people" }, { person: each.name })}
                    aria-current={each.name === chosen ? "true" : undefined}
                  >
                    {each.name}
                  </a>
                  {each.isMe && <span className="quiet"> {t("people-you")}</span>}
                </th>
                <td className="rights" data-label={t("people-rights")}>
                  {rightsOf(each.grants)}
                </td>
                <td data-label={t("people-comes-by")}>
                  {each.isDisabled ? (
                    <span className="amber">{t("people-disabled")}</span>
                  ) : (
                    t(`people-comes-by-${each.comesBy}`)
                  )}
                </td>
                <td
                  className={each.signedInAt === null ? "quiet" : undefined}
                  data-label={t("people-last-sign-in")}
                >
                  {each.signedInAt === null ? t("people-never") : clock.full(each.signedInAt)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {person ? (
        <PersonPanel key={person.name} person={person} onChanged={load} />
      ) : (
        <AddPerson onAdded={load} />
      )}
    </>
  );
}

function AddPerson({ onAdded }: { onAdded: () => void }) {
  const [name, setName] = useState("");
  const [grants, setGrants] = useState<Grants>({ "*": "operator" });
  const [made, setMade] = useState<LinkMade | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    addPerson(name, grants).then(
      (found) => {
        setMade(found);
        setName("");
        onAdded();
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  return (
    <section className="panel" aria-labelledby="add">
      <h2 id="add">{t("people-add-title")}</h2>
      <form className="fields" onSubmit={submit}>
        <label>
          {t("people-name")}
          <input
            required
            autoComplete="off"
            autoCapitalize="none"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <RightsFields grants={grants} onChange={setGrants} />
        <button type="submit" className="primary" disabled={Object.keys(grants).length === 0}>
          {t("people-add")}
        </button>
        {problem && <p role="alert">{problem}</p>}
      </form>
      {made && <OneTimeLink made={made} />}
    </section>
  );
}

function OneTimeLink({ made }: { made: LinkMade }) {
  if (!made.link) return null;
  return (
    <Secret text={new URL(made.link, window.location.origin).href}>
      {t("people-link", { name: made.name })}
    </Secret>
  );
}

const NOTHING: { sessions: readonly Session[]; tokens: readonly Token[] } = { sessions: [], tokens: [] };

interface PanelProps {
  person: Person;
  onChanged: () => void;
}

function PersonPanel({ person, onChanged }: PanelProps) {
  const { name } = person;
  const [grants, setGrants] = useState<Grants>(person.grants);
  const [made, setMade] = useState<LinkMade | null>(null);
  const query = useQuery({
    queryKey: ["people", name],
    queryFn: async () => {
      const [sessions, tokens] = await Promise.all([fetchSessionsOf(name), fetchTokensOf(name)]);
      return { sessions, tokens };
    },
  });
  const { sessions, tokens } = query.data ?? NOTHING;
  const [refusal, setRefusal] = useState<string | null>(null);
  const problem = refusal ?? problemOf(query);
  const failed = (error: unknown) => setRefusal(messageOf(error));
  const load = () => void query.refetch();
  const act = (work: Promise<void>) => {
    setRefusal(null);
    work.then(() => {
      load();
      onChanged();
    }, failed);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    act(grant(name, grants));
  };
  const isSame = rightsOf(grants) === rightsOf(person.grants);
  return (
    <section className="panel" aria-labelledby="person">
      <div className="panel-head">
        <h2 id="person">{name}</h2>
        <button type="button" onClick={() => setParam("person", "")}>
          {t("frame-close")}
        </button>
      </div>
      {problem && <p role="alert">{problem}</p>}
      <form className="fields" onSubmit={save}>
        <RightsFields grants={grants} onChange={setGrants} />
        <button type="submit" disabled={isSame || Object.keys(grants).length === 0}>
          {t("people-change-rights")}
        </button>
      </form>
      <p className="buttons">
        {person.comesBy !== "openid" && (
          <button type="button" onClick={() => makeLink(name).then(setMade, failed)}>
            {t("people-new-link")}
          </button>
        )}
        {!person.isMe && (
          <button type="button" onClick={() => act(setDisabled(name, !person.isDisabled))}>
            {t(person.isDisabled ? "people-enable" : "people-disable", { name })}
          </button>
        )}
        <a className="button" href={hrefOf({ view: "limits" }, { person: name })}>
          {t("people-limits", { name })}
        </a>
      </p>
      {made && <OneTimeLink made={made} />}
      <h3>{t("session-title")}</h3>
      {sessions.length === 0 ? (
        <p className="quiet">{t("people-nowhere")}</p>
      ) : (
        <>
          <Sessions sessions={sessions} end={(session) => act(endSessionOf(name, session.id))} />
          <p>
            <button type="button" onClick={() => act(endSessionsOf(name))}>
              {t("session-sign-out-everywhere")}
            </button>
          </p>
        </>
      )}
      <h3>{t("token-title")}</h3>
      <Tokens
        tokens={tokens}
        empty={t("people-no-token", { name })}
        revoke={(token) => act(revokeTokenOf(name, token.id))}
        create={(program, role) => createTokenOf(name, program, role)}
        onMade={load}
      />
    </section>
  );
}

interface RightsProps {
  grants: Grants;
  onChange: (grants: Grants) => void;
}

/** One role for the whole plant, or one for each line; a line without a role does not exist for the person. */
function RightsFields({ grants, onChange }: RightsProps) {
  const { plant } = usePlant();
  const whole = grants["*"] ?? "";
  const setLine = (line: string, role: string) => {
    const { [line]: _, ...rest } = grants;
    onChange(role ? { ...rest, [line]: role } : rest);
  };
  return (
    <>
      <RoleField
        label={t("people-whole-plant")}
        value={whole}
        onChange={(role) => onChange(role ? { "*": role } : {})}
        none={t("people-by-line")}
      />
      {!whole && (
        <fieldset className="by-line">
          <legend className="unseen">{t("people-by-line-title")}</legend>
          {plant.lines.map((line) => (
            <RoleField
              key={line.id}
              label={t("frame-line", { line: line.id })}
              value={grants[line.id] ?? ""}
              onChange={(role) => setLine(line.id, role)}
              none={t("people-nothing")}
            />
          ))}
        </fieldset>
      )}
    </>
  );
}
