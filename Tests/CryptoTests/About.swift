// Known answers for every primitive (Tests/Vectors), and what each of them must refuse.
