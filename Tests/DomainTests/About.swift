// The rules as tables: every row is a state, an argument and the verdict. Boundaries are rows.
