import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { Loaded } from "../../components/States";
import { custom as words, settings } from "../../strings/settings";
import { AddIdentifier } from "./AddIdentifier";
import { withIdentifier } from "./customYaml";
import { SaveError } from "./SaveError";
import { TestBox } from "./TestBox";
import { useSave } from "./useSave";

const kRows = 14;

function Editor({ saved, onSaved }: { saved: string; onSaved: () => void }) {
  const [definition, setDefinition] = useState(saved);
  const [adds, setAdds] = useState(false);
  const { busy, error, save } = useSave();
  const put = () => unwrap(api.PUT("/custom-identifiers", { body: { definition } }));
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      <ChangeButton onClick={() => setAdds(true)}>{words.add}</ChangeButton>
      <ChangeButton
        variant="primary"
        loading={busy}
        disabled={definition === saved}
        onClick={() => void save(put).then((done) => done && onSaved())}
      >
        {settings.save}
      </ChangeButton>
    </SpaceBetween>
  );
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" description={words.text} actions={actions}>{words.title}</Header>}>
        <SpaceBetween size="m">
          <SaveError header={settings.saveFailed} error={error} />
          <FormField label={words.definition} stretch>
            <Textarea
              rows={kRows}
              spellcheck={false}
              value={definition}
              onChange={({ detail }) => setDefinition(detail.value)}
            />
          </FormField>
        </SpaceBetween>
      </Container>
      <TestBox definition={definition} />
      {adds && (
        <AddIdentifier
          onAdd={(form) => {
            setDefinition(withIdentifier(definition, form));
            setAdds(false);
          }}
          onClose={() => setAdds(false)}
        />
      )}
    </SpaceBetween>
  );
}

export function CustomIdentifiers() {
  const load = useLoad("custom identifiers", () => unwrap(api.GET("/custom-identifiers")));
  return (
    <Loaded load={load}>
      {({ definition, identifiers }) => (
        <SpaceBetween size="l">
          <Editor key={definition} saved={definition} onSaved={load.reload} />
          <Container header={<Header variant="h2" counter={`(${identifiers.length})`}>{words.inForce}</Header>}>
            {identifiers.length === 0
              ? words.none
              : identifiers.map((one) => <Box key={one.id}>{`${one.id}: ${one.name}`}</Box>)}
          </Container>
        </SpaceBetween>
      )}
    </Loaded>
  );
}
