import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import type { components } from "../../api/schema";
import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Loaded } from "../../components/States";
import { formatMoney, formatSize } from "../../format";
import { retention as words, settings } from "../../strings/settings";
import { Quotas } from "./Quotas";
import { SaveError } from "./SaveError";
import { useSave } from "./useSave";

type Values = components["responses"]["Settings"]["content"]["application/json"];

function Months({ saved, onSaved }: { saved: number; onSaved: () => void }) {
  const [months, setMonths] = useState(String(saved));
  const { busy, error, save } = useSave();
  const valid = /^([1-9]|1[0-2])$/.test(months);
  const patch = () => unwrap(api.PATCH("/settings", { body: { retentionMonths: Number(months) } }));
  const actions = (
    <ChangeButton
      variant="primary"
      loading={busy}
      disabled={!valid || Number(months) === saved}
      onClick={() => void save(patch).then((done) => done && onSaved())}
    >
      {settings.save}
    </ChangeButton>
  );
  return (
    <Container header={<Header variant="h2" actions={actions}>{words.title}</Header>}>
      <SpaceBetween size="m">
        <SaveError header={settings.saveFailed} error={error} />
        <FormField label={words.months} constraintText={words.monthsHint} errorText={!valid && words.monthsHint}>
          <Input type="number" value={months} onChange={({ detail }) => setMonths(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function Limits({ values }: { values: Values }) {
  const seconds = values.comparisonIntervalSeconds;
  return (
    <Container header={<Header variant="h2">{words.limits}</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: words.price, value: formatMoney(values.pricePerGb) },
          { label: words.quota, value: formatSize(values.defaultQuotaBytes) },
          { label: words.snapshot, value: words.snapshotValue(values.snapshotMaxAgeHours) },
          {
            label: words.read,
            value: values.maxObjectBytes === 0 ? words.readAll : words.readFirst(formatSize(values.maxObjectBytes)),
          },
          { label: words.comparison, value: seconds > 0 ? words.comparisonValue(seconds) : words.comparisonOff },
        ]}
      />
    </Container>
  );
}

export function Retention() {
  const load = useLoad("settings", () => unwrap(api.GET("/settings")));
  return (
    <SpaceBetween size="l">
      <Loaded load={load}>
        {(values) => (
          <SpaceBetween size="l">
            <Months saved={values.retentionMonths} onSaved={load.reload} />
            <Limits values={values} />
          </SpaceBetween>
        )}
      </Loaded>
      <Quotas />
    </SpaceBetween>
  );
}
