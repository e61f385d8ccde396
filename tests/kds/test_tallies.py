"""All-day speaks as the cards do."""

from heard.ui.words import words_for
from kds.look import Look
from kds.tallies import all_day_rows, open_dishes

BURGER = {
    "name": "Burger",
    "qty": "1",
    "kitchen_name": {"es": "Hamburguesa"},
    "modifiers": [
        {"name": "onion", "kitchen_name": {"es": "cebolla"}, "action": "no"},
        {"name": "egg", "action": "extra", "qty": "2"},
    ],
}


def test_dishes_and_choices_are_named_in_the_language_of_the_kitchen(still):
    still.place(BURGER)
    look = Look(language="es", words=words_for("es"))
    (row,) = open_dishes(still.board, "grill", look, with_choices=True)
    assert (row.name, row.choices) == ("Hamburguesa", ("SIN cebolla", "EXTRA 2x egg"))


def test_without_choices_dishes_of_one_name_count_together(still):
    still.place(BURGER, {"name": "Burger", "qty": "3"})
    look = Look()
    (row,) = open_dishes(still.board, "grill", look)
    assert (row.name, row.qty) == ("Burger", 4)
    said = ["".join(span.text for span in line).rstrip() for line in all_day_rows([row], 20)]
    assert said == [" ALL DAY", " 4 Burger"]
