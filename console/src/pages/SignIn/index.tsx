import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useEffect, useState } from "react";

import { api, type ApiError, type Session, unwrap } from "../../api/client";
import { common } from "../../strings/common";
import { signIn as words } from "../../strings/signIn";

interface Props {
  over: boolean; // the viewer was signed in until just now
  onSignedIn: (session: Session) => void;
}

// Shown in place of whatever page was asked for, so that a deep link works after signing in.
export default function SignIn({ over, onSignedIn }: Props) {
  const [userName, setUserName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    document.title = `${words.title} - ${common.product}`;
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      onSignedIn(await unwrap(api.POST("/session", { body: { userName, password } })));
    } catch (refused) {
      setError(refused as ApiError);
      setPassword("");
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <Box textAlign="center" fontSize="display-l" fontWeight="bold" padding={{ bottom: "l" }}>
        {common.product}
      </Box>
      <form onSubmit={(event) => void submit(event)}>
        <Container header={<Header variant="h1" description={words.description}>{words.title}</Header>}>
          <Form actions={<Button variant="primary" formAction="submit" loading={busy}>{words.submit}</Button>}>
            <SpaceBetween size="m">
              {over && !error && <Alert type="info">{words.sessionOver}</Alert>}
              {error && <Alert type="error" header={words.failed}>{error.message} {error.remedy}</Alert>}
              <FormField label={words.userName}>
                <Input value={userName} autoFocus autoComplete="username" onChange={(e) => setUserName(e.detail.value)} />
              </FormField>
              <FormField label={words.password} constraintText={words.hint}>
                <Input value={password} type="password" autoComplete="current-password" onChange={(e) => setPassword(e.detail.value)} />
              </FormField>
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </main>
  );
}
