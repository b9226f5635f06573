import Tabs from "@cloudscape-design/components/tabs";
import { useNavigate, useParams } from "react-router-dom";

import { Page } from "../../components/Page";
import { NotFound } from "../../components/RouteFailure";
import { accounts } from "../../strings/accounts";
import { services } from "../../strings/services";
import { Accounts } from "./Accounts";
import { Services } from "./Services";

export default function Integrations() {
  const { tab } = useParams();
  const navigate = useNavigate();
  if (tab !== "accounts" && tab !== "services") return <NotFound />;
  return (
    <Page title={services.integrations} description={services.integrationsDescription}>
      <Tabs
        ariaLabel={services.tabs}
        activeTabId={tab}
        onChange={({ detail }) => navigate(`/integrations/${detail.activeTabId}`)}
        tabs={[
          { id: "accounts", label: accounts.tab, href: "/integrations/accounts", content: <Accounts /> },
          { id: "services", label: services.tab, href: "/integrations/services", content: <Services /> },
        ]}
      />
    </Page>
  );
}
