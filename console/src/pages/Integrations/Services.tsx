import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate, useSearchParams } from "react-router-dom";

import { api, type Schemas, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";
import { Loaded } from "../../components/States";
import { services as words } from "../../strings/services";

function S3Tile({ account }: { account: string }) {
  const navigate = useNavigate();
  const target = `/integrations/services/${account}/s3`;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              href={target}
              onFollow={(event) => {
                event.preventDefault();
                navigate(target);
              }}
            >
              {words.details}
            </Button>
          }
        >
          {words.s3}
        </Header>
      }
    >
      <Box color="text-body-secondary">{words.s3Text}</Box>
    </Container>
  );
}

function optionOf(account: Schemas["Account"]) {
  return { value: account.accountId, label: account.accountId, description: words.accountOption(account.role) };
}

export function Services() {
  const [query, setQuery] = useSearchParams();
  const load = useLoad("accounts", () => unwrap(api.GET("/accounts")));
  return (
    <Loaded load={load}>
      {({ accounts }) => {
        const options = accounts.filter((account) => account.state === "integrated").map(optionOf);
        const selected = options.find((option) => option.value === query.get("account")) ?? null;
        return (
          <SpaceBetween size="l">
            <FormField label={words.select} description={words.selectHint}>
              <Select
                placeholder={words.select}
                options={options}
                selectedOption={selected}
                onChange={({ detail }) =>
                  setQuery({ account: detail.selectedOption.value ?? "" }, { replace: query.has("account") })
                }
              />
            </FormField>
            {selected && <S3Tile account={selected.value} />}
          </SpaceBetween>
        );
      }}
    </Loaded>
  );
}
