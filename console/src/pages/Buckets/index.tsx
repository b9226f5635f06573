import { Route, Routes } from "react-router-dom";

import { NotFound } from "../../components/RouteFailure";
import { BucketPage } from "./BucketPage";
import { BucketsPage } from "./BucketsPage";

export default function Buckets() {
  return (
    <Routes>
      <Route index element={<BucketsPage />} />
      <Route path=":account/:bucket" element={<BucketPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
