import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";

import { api, type ApiError, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { ChangeButton } from "../../components/ChangeButton";
import { refusal, useFlash } from "../../components/frame";
import { Page } from "../../components/Page";
import { useSession } from "../../components/session";
import { Loaded } from "../../components/States";
import { enable as words } from "../../strings/enable";
import { Checks } from "./Checks";

// The first run: what access is needed, whether it is there, and the switch.
export default function Enable() {
  const { session, refresh } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const setup = useLoad("setup", () => unwrap(api.GET("/setup")));
  const [permitted, setPermitted] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);

  const submit = async () => {
    setTried(true);
    if (!permitted) return;
    setBusy(true);
    try {
      const answer = await unwrap(api.POST("/enable"));
      flash({ type: "success", content: words.enabled(answer.masterAccountId) });
      await refresh();
      navigate("/integrations/accounts");
    } catch (error) {
      flash(refusal(words.failed, error as ApiError));
      setBusy(false);
    }
  };
  return (
    <Page title={words.title} description={words.description}>
      <Loaded load={setup}>
        {(data) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">{words.region}</Header>}>
              <KeyValuePairs
                columns={2}
                items={[
                  { label: words.master, value: data.masterAccountId },
                  { label: words.region, value: data.homeRegion },
                ]}
              />
              <Box color="text-body-secondary">{words.regionHelp}</Box>
            </Container>
            <Checks checks={data.checks} loading={setup.loading} onAgain={setup.reload} />
            {session.enabled ? (
              <Container>
                <SpaceBetween size="s">
                  <Box>{words.already}</Box>
                  <Button onClick={() => navigate("/integrations/accounts")}>{words.toIntegrations}</Button>
                </SpaceBetween>
              </Container>
            ) : (
              <SpaceBetween size="m">
                <FormField errorText={tried && !permitted && words.mustPermit}>
                  <Checkbox checked={permitted} onChange={({ detail }) => setPermitted(detail.checked)}>
                    {words.permission}
                  </Checkbox>
                </FormField>
                <ChangeButton variant="primary" loading={busy} onClick={() => void submit()}>
                  {words.submit}
                </ChangeButton>
              </SpaceBetween>
            )}
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}
