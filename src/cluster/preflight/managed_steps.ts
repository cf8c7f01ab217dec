import { type Manager, MANAGER_NAMES } from "../../domain/manager.ts";
import { memberPlace, questionOf } from "../managers/advise.ts";
import type { MemberPlace } from "../managers/remedy.ts";
import { postgresClusterOf } from "../managers/patroni.ts";
import { SERVICE_PROMOTIONS } from "../managers/services.ts";
import { hostAndPort, memberOf } from "../findings/view_queries.ts";
import { stepPlaceOf, type StepsInput } from "./commands.ts";
import { riskOfReturn } from "./later_steps.ts";
import type { PreflightStep, StepRisk } from "./preflight.ts";

/** One step, without the place where that is any host with the manager's client. */
type ManagedStep = Omit<PreflightStep, "where"> & { readonly where?: string };

interface Target extends MemberPlace {
  /** The manager's name. */
  readonly name: string;
  /** Whether the primary is up. */
  readonly isPlanned: boolean;
  /** Host of the candidate, as the heading of a step. */
  readonly candidateHost: string;
  /** Host of the old primary; "" when unknown. */
  readonly primaryHost: string;
  /** Our name of the old primary. */
  readonly primaryName: string;
  /** `host=… port=…` of the candidate. */
  readonly address: string;
}

/** The commands to a manager, between a look before and a look after. */
type Switch = (target: Target) => readonly ManagedStep[];

function lookAndAct(look: (target: Target) => string, act: Switch, where = ""): Switch {
  return (target) => [
    {
      where,
      title: `Look at the cluster as ${target.name} sees it`,
      commands: [look(target)],
      expect: `"${target.server}" streams without lag, and no member has a problem`,
    },
    ...act(target),
    {
      title: `Check that "${target.server}" leads and the others follow it`,
      commands: [look(target)],
      expect: `${target.name} makes the old primary a standby when it is reachable`,
    },
  ];
}

/** A promotion that the manager has not made itself. */
const FAILOVER_RISK: StepRisk = {
  because: "Only a cluster whose manager promotes nobody needs this",
  check: "that the verdict above is still true, and that the old primary is stopped, also for its clients",
  loses: "two servers accept writes, and what one of them took is lost",
};

function switchOverWith(command: (target: Target) => string): Switch {
  return (target) => [{
    title: target.isPlanned
      ? `Switch over to "${target.server}": ${target.name} stops the primary, promotes, and repoints the others`
      : `If ${target.name} has not promoted a standby itself, promote "${target.server}"`,
    ...target.isPlanned ? {} : { risk: FAILOVER_RISK },
    commands: [command(target)],
    expect: "",
  }];
}

const patroniSwitch = lookAndAct(
  ({ cluster }) => `patronictl list ${cluster}`,
  switchOverWith(({ cluster, member, isPlanned }) =>
    `patronictl ${isPlanned ? "switchover" : "failover"} ${cluster} --candidate ${member}`
  ),
  "any member's host (with -c FILE where patronictl does not find its configuration)",
);

function serviceSwitch(service: keyof typeof SERVICE_PROMOTIONS): Switch {
  const { failover, promotion } = SERVICE_PROMOTIONS[service];
  return ({ name, server, isPlanned }) => [
    {
      title: `If "${server}" is a standby of ${name} itself, fail over: ${failover}`,
      ...isPlanned ? {} : { risk: FAILOVER_RISK },
      commands: [],
      expect: "its console shows the new primary; then the next step is not needed",
    },
    ...promotion === "" ? [] : [{
      title: `If "${server}" is a read replica, promote it: ${promotion}`,
      risk: {
        because:
          "A read replica that is promoted is a server of its own: the primary is not stopped, and other " +
          "replicas do not follow it",
        check:
          "that applications and poolers are kept from the primary, and that the replica has everything: " +
          `pg-replication-exporter wait ${server} --caught-up`,
        loses: "two servers accept writes, and what one of them took is lost",
      },
      commands: [],
      expect:
        "its console shows a server of its own; keep writes from the old primary, and delete it when nothing needs it",
    }],
  ];
}

const SWITCHES: Readonly<Record<Manager, Switch>> = {
  rds: serviceSwitch("rds"),
  alloydb: serviceSwitch("alloydb"),
  cloud_sql: serviceSwitch("cloud_sql"),
  azure: serviceSwitch("azure"),
  cloudnative_pg: lookAndAct(
    ({ cluster }) => `kubectl cnpg status ${cluster}`,
    switchOverWith(({ cluster, member }) => `kubectl cnpg promote ${cluster} ${member}`),
  ),
  crunchy_pgo: lookAndAct(
    ({ cluster }) =>
      `kubectl get postgrescluster,pods -l postgres-operator.crunchydata.com/cluster=${
        postgresClusterOf(cluster)
      }`,
    ({ cluster, member, server, isPlanned }) => [{
      title: isPlanned
        ? `Switch over to "${server}" through the operator`
        : `If Patroni has not promoted a standby itself, promote "${server}" through the operator`,
      ...isPlanned ? {} : { risk: FAILOVER_RISK },
      commands: [
        `kubectl patch postgrescluster ${
          postgresClusterOf(cluster)
        } --type merge -p '{"spec":{"patroni":{"switchover":{"enabled":true,${
          isPlanned ? "" : '"type":"Failover",'
        }"targetInstance":"${member.replace(/-\d+$/, "")}"}}}}'`,
        `kubectl annotate --overwrite postgrescluster ${
          postgresClusterOf(cluster)
        } postgres-operator.crunchydata.com/trigger-switchover="$(date)"`,
      ],
      expect: "afterwards set spec.patroni.switchover.enabled to false",
    }],
  ),
  zalando_operator: lookAndAct(
    ({ cluster }) => `kubectl exec -it ${cluster}-0 -- patronictl list`,
    switchOverWith(({ cluster, member, isPlanned }) =>
      `kubectl exec -it ${cluster}-0 -- patronictl ${
        isPlanned ? "switchover" : "failover"
      } --candidate ${member}`
    ),
  ),
  patroni: patroniSwitch,
  pg_auto_failover: lookAndAct(
    () => "pg_autoctl show state",
    (target) =>
      switchOverWith(() => "pg_autoctl perform promotion")(target).map((step) => ({
        ...step,
        where: target.candidateHost,
      })),
  ),
  stolon: lookAndAct(
    () => "stolonctl status",
    ({ isPlanned }) => [{
      title: isPlanned
        ? "Let the sentinel elect another master; it chooses the standby that has received most"
        : "The sentinel elects a master itself; if it does not, mark the old one as failed",
      risk: isPlanned
        ? {
          because: "Stolon moves the role of the master only by declaring its keeper failed",
          check: "that a standby in sync is healthy there",
          loses: "what the master has not sent to the elected standby is lost",
        }
        : FAILOVER_RISK,
      commands: ["stolonctl failkeeper KEEPER_OF_THE_MASTER"],
      expect: "",
    }],
  ),
  repmgr: lookAndAct(() => "repmgr cluster show", repmgrSteps),
};

function repmgrSteps(
  { isPlanned, server, candidateHost, primaryHost, primaryName, address }: Target,
): readonly ManagedStep[] {
  if (isPlanned) {
    return [
      {
        title: "Try what repmgr needs: SSH to the old primary, free WAL senders, archiving",
        where: candidateHost,
        commands: ["repmgr standby switchover --siblings-follow --dry-run"],
        expect: "prerequisites for executing STANDBY SWITCHOVER are met",
      },
      {
        title: `Switch over to "${server}": repmgr stops the primary, promotes, and repoints the others`,
        where: candidateHost,
        commands: ["repmgr standby switchover --siblings-follow"],
        expect: "STANDBY SWITCHOVER has completed successfully",
      },
    ];
  }
  return [
    {
      title: "Make sure that the old primary is down and stays down, even after its host restarts",
      where: primaryHost,
      commands: [],
      expect: "if its host cannot be reached: cut off its power or its network",
    },
    {
      title: `If repmgrd has not promoted a standby itself, promote "${server}"`,
      where: candidateHost,
      risk: FAILOVER_RISK,
      commands: ["repmgr standby promote --siblings-follow"],
      expect: "",
    },
    {
      title: "Write a checkpoint on the new primary: without it the rewind of the next step may do nothing",
      where: candidateHost,
      commands: ["psql -c CHECKPOINT"],
      expect: "",
    },
    {
      title:
        "Bring the old primary back as a standby, its server stopped; WAL that only it has is lost: save it first",
      where: primaryHost,
      risk: riskOfReturn(primaryName, server),
      commands: [`repmgr node rejoin -d '${address} user=repmgr dbname=repmgr' --force-rewind`],
      expect: "",
    },
  ];
}

/**
 * The steps of a switchover or failover with the manager's own commands.
 *
 * @param input What is known.
 * @returns null when nobody is in charge, so that it is done by hand.
 */
export function deriveManagedSteps({ context }: StepsInput): readonly PreflightStep[] | null {
  const { manager, candidate, primary, isPrimaryUp, view } = context;
  if (manager === null) return null;
  const name = MANAGER_NAMES[manager.manager];
  const steps = SWITCHES[manager.manager]({
    name,
    ...memberPlace(manager, memberOf(view, { server: candidate.server, subject: "" })),
    isPlanned: isPrimaryUp,
    candidateHost: stepPlaceOf(candidate),
    primaryName: primary?.server ?? "PRIMARY",
    primaryHost: primary === null ? "" : stepPlaceOf(primary),
    address: hostAndPort(candidate),
  }).map((step) => ({ where: "", ...step }));
  const check: PreflightStep = {
    title: "Check everything again",
    where: "",
    commands: ["pg-replication-exporter doctor"],
    expect: "no new finding",
  };
  if (manager.certainty === "certain") return [...steps, check];
  const risk = steps.find((step) => step.risk !== undefined)?.risk;
  return [{
    title: `${questionOf(manager)} If ${name} is, use its commands, and none of the steps that follow`,
    where: "",
    ...risk === undefined ? {} : { risk },
    commands: steps.flatMap(({ commands }) => commands),
    expect: "only if it is not: the steps by hand that follow",
  }];
}
