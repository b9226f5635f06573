import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  ...tseslint.configs.recommended,
  {
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      // Cloudscape is imported component by component: its index would bring in all of it.
      "no-restricted-imports": ["error", { paths: ["@cloudscape-design/components"] }],
      "no-eval": "error",
      "no-implied-eval": "error",
    },
  },
);
