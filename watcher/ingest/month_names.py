"""Names of months and weekdays in the languages that write dates in their words. Data only.

Only what means one month in all of them: ``listopada`` is November in Polish, October in Croatian.
"""

_NAMES = {
    1: "january jan januar jänner jän janvier janv enero ene gennaio gen janeiro januari января "
       "январь янв stycznia ledna",
    2: "february feb februar feber februari février fevrier févr fevr febrero febbraio fevereiro "
       "fev "
       "февраля февраль фев февр lutego února",
    3: "march mar märz maerz mär mrz mars marzo março marco maart mrt марта март мар marca "
       "března",
    4: "april apr avril avr abril abr aprile апреля апрель апр kwietnia dubna",
    5: "may mai mayo maggio mag maio mei maj мая май maja května",
    6: "june jun juni juin junio giugno giu junho июня июнь июн czerwca června",
    7: "july jul juli juillet juil julio luglio lug julho июля июль июл lipca července",
    8: "august aug août aout agosto ago augustus augusti августа август авг sierpnia",
    9: "september sep sept septembre septiembre settembre setembro set septembro сентября сентябрь "
       "сен сент września září",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out октября октябрь окт "
        "października října",
    11: "november nov novembre noviembre novembro ноября ноябрь ноя нояб",
    12: "december dec dezember dez décembre décembre déc diciembre dic dicembre dezembro декабря "
        "декабрь дек grudnia prosince",
}  # fmt: skip

MONTHS = {name: month for month, names in _NAMES.items() for name in names.split()}
"""Month by name, in lower case."""

_WEEKDAYS = (
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miércoles jueves viernes sábado domingo "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica "
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "понедельник вторник среда четверг пятница суббота воскресенье "
    "mo di mi do fr sa so"
)
WEEKDAYS = tuple(_WEEKDAYS.split())
"""Weekdays other than the English ones, in lower case."""
