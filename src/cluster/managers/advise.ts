/**
 * Advice in the commands of the manager in charge.
 *
 * @module
 */
import { nameForCommand } from "../../domain/shell_text.ts";
import { type ClusterManager, type Manager, MANAGER_NAMES } from "../../domain/manager.ts";
import { cloudNativePgSpeech } from "./cloudnative_pg.ts";
import { crunchySpeech, patroniSpeech, zalandoSpeech } from "./patroni.ts";
import { pgAutoFailoverSpeech } from "./pg_auto_failover.ts";
import type { Intent, IntentName, MemberPlace, Remedy, Speech } from "./remedy.ts";
import { repmgrSpeech } from "./repmgr.ts";
import { alloyDbSpeech, azureSpeech, cloudSqlSpeech, rdsSpeech } from "./services.ts";
import { stolonSpeech } from "./stolon.ts";

const SPEECHES: Readonly<Record<Manager, Speech>> = {
  rds: rdsSpeech,
  alloydb: alloyDbSpeech,
  cloud_sql: cloudSqlSpeech,
  azure: azureSpeech,
  cloudnative_pg: cloudNativePgSpeech,
  crunchy_pgo: crunchySpeech,
  zalando_operator: zalandoSpeech,
  patroni: patroniSpeech,
  pg_auto_failover: pgAutoFailoverSpeech,
  stolon: stolonSpeech,
  repmgr: repmgrSpeech,
};

/** Where a finding is, in our names. */
export interface FindingPlace {
  /** Our name of the server. */
  readonly server: string;
  /** `application_name` of the member, which is its name for most managers; null when unknown. */
  readonly applicationName: string | null;
}

/** What managers show first, to see whether they are there. */
const QUESTIONS: Readonly<Partial<Record<Manager, (cluster: string) => string>>> = {
  cloudnative_pg: (cluster) => `kubectl cnpg status ${cluster}`,
  patroni: (cluster) => `patronictl list ${cluster}`,
  pg_auto_failover: () => "pg_autoctl show state",
  stolon: () => "stolonctl status",
  repmgr: () => "repmgr cluster show",
};

/**
 * The advice for a cluster under a manager.
 *
 * @param byHand The advice for a cluster without one.
 * @param options `remedy`: what the advice wants done, absent when it holds under any manager; `manager`; `place`.
 * @returns `byHand` where nobody is in charge; both, after a question, where that is only likely.
 */
export function adviceUnder(
  byHand: string,
  { remedy, manager, place }: {
    readonly remedy: Remedy | undefined;
    readonly manager: ClusterManager | null;
    readonly place: FindingPlace;
  },
): string {
  if (manager === null || remedy === undefined) return byHand;
  const { before = "", after = "", intent, server = place.server } = remedy;
  const managed = joinSentence(
    before,
    saidBy(SPEECHES[manager.manager], intent, memberPlace(manager, { ...place, server })),
    after,
  );
  return manager.certainty === "certain" ? managed : askFirst(manager, { managed, byHand });
}

/** One question, and the advice for each answer. */
export function askFirst(
  manager: ClusterManager,
  { managed, byHand }: { readonly managed: string; readonly byHand: string },
): string {
  return `${questionOf(manager)} If it is: ${managed}. Otherwise: ${byHand}`;
}

/** Whether a manager that is likely is really there. */
export function questionOf(manager: ClusterManager): string {
  const see = QUESTIONS[manager.manager]?.(clusterIn(manager));
  return `First find out whether ${MANAGER_NAMES[manager.manager]} is in charge` +
    (see === undefined ? "." : ` (${see} shows its members).`);
}

/** The manager's name of the cluster, or a placeholder. */
export function clusterIn({ clusterName }: ClusterManager): string {
  return nameForCommand(clusterName, "CLUSTER");
}

/** The manager's names; placeholders where they are unknown. */
export function memberPlace(manager: ClusterManager, { server, applicationName }: FindingPlace): MemberPlace {
  return { cluster: clusterIn(manager), member: nameForCommand(applicationName, "MEMBER"), server };
}

function saidBy<K extends IntentName>(speech: Speech, intent: Intent<K>, place: MemberPlace): string {
  return speech[intent.kind](intent, place);
}

/** Starts of sentences that are commands and keep their small letter. */
const COMMAND = /^(?:patronictl|kubectl|repmgr|repmgrd|pg_autoctl|stolonctl|gcloud|aws|az|pg_|SELECT) ?/;

function joinSentence(before: string, text: string, after: string): string {
  const begun = before !== ""
    ? `${before} ${text}`
    : COMMAND.test(text)
    ? text
    : text.charAt(0).toUpperCase() + text.slice(1);
  return after === "" ? begun : `${begun}; ${after}`;
}
