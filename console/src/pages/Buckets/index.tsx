import { Page } from "../../components/Page";
import { common } from "../../strings/common";

export default function Buckets() {
  return <Page title={common.navigation.buckets}>{null}</Page>;
}
