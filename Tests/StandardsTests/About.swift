// Published vectors (Tests/Vectors), then what each parser must refuse, one reason per row.
