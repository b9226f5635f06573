import Button from "@cloudscape-design/components/button";
import Grid from "@cloudscape-design/components/grid";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useRef } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";

import { api, unwrap } from "../../api/client";
import { type Load, useLoad } from "../../api/useLoad";
import { AccountChoice } from "../../components/AccountChoice";
import { Page } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { dashboard as words } from "../../strings/dashboard";
import { AccountsTable } from "./AccountsTable";
import { DaysPanel } from "./DaysPanel";
import type { Figures, Scope } from "./figures";
import { FoundPanel } from "./FoundPanel";
import { OutcomesPanel } from "./OutcomesPanel";
import { RiskPanel } from "./RiskPanel";
import { SummaryPanel } from "./SummaryPanel";

const kRefreshMs = 15_000;
const kHalves = [{ colspan: { default: 12, xs: 6 } }, { colspan: { default: 12, xs: 6 } }];

// Account and minimum risk live in the address. Moving the slider leaves no trail in the history.
function useScope(): [Scope, (change: Partial<Scope>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const risk = Number(parameters.get("minRisk") ?? 0);
  const scope = {
    account: parameters.get("account") ?? "",
    minRisk: Number.isInteger(risk) && risk >= 0 && risk <= 10 ? risk : 0,
  };
  const change = (changed: Partial<Scope>) => {
    const next = { ...scope, ...changed };
    setParameters(
      { ...(next.account && { account: next.account }), ...(next.minRisk > 0 && { minRisk: String(next.minRisk) }) },
      { replace: true },
    );
  };
  return [scope, change];
}

// The figures of before stay until the new ones are there: the slider must not vanish under the
// hand that moves it.
function useKept<T>(load: Load<T>): Load<T> {
  const kept = useRef(load.data);
  if (load.data !== undefined) kept.current = load.data;
  return { ...load, data: load.data ?? kept.current };
}

interface BodyProps {
  figures: Figures;
  scope: Scope;
  onMinRisk: (minRisk: number) => void;
}

function Body({ figures, scope, onMinRisk }: BodyProps) {
  const navigate = useNavigate();
  if (figures.outcomes.length === 0) {
    const go = <Button onClick={() => navigate("/integrations")}>{words.toIntegrations}</Button>;
    return (
      <SpaceBetween size="l">
        <Empty title={words.emptyTitle} action={go}>
          {words.emptyText}
        </Empty>
        <AccountsTable figures={figures} />
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="l">
      <SummaryPanel figures={figures} scope={scope} />
      <Grid gridDefinition={kHalves}>
        <OutcomesPanel figures={figures} scope={scope} />
        <RiskPanel figures={figures} scope={scope} />
      </Grid>
      <FoundPanel figures={figures} scope={scope} onMinRisk={onMinRisk} />
      <DaysPanel figures={figures} scope={scope} />
      <AccountsTable figures={figures} />
    </SpaceBetween>
  );
}

export default function Dashboard() {
  const [scope, change] = useScope();
  const query = {
    ...(scope.account && { account: scope.account }),
    ...(scope.minRisk > 0 && { minRisk: scope.minRisk }),
  };
  const call = () => unwrap(api.GET("/dashboard", { params: { query } }));
  const load = useKept(useLoad(`dashboard ${JSON.stringify(query)}`, call, kRefreshMs));
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        <AccountChoice
          label={words.account}
          all={words.allAccounts}
          account={scope.account}
          onChange={(account) => change({ account })}
        />
      }
    >
      <Loaded load={load}>
        {(figures) => <Body figures={figures} scope={scope} onMinRisk={(minRisk) => change({ minRisk })} />}
      </Loaded>
    </Page>
  );
}
