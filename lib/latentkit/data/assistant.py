"""A car assistant and its drivers: dialogues from a grammar that knows what every utterance does.

A dialogue pursues one goal. Its facts (which city, which day, ...) are drawn first and stay; each utterance is then one
of its action's templates with some of the facts filled in, coloured by a sentiment. So the action, the facts that are
mentioned and the sentiment of every utterance are known exactly, and the same request meets different reactions: an
answer, a question back, or an apology.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from latentkit.data.picking import pick


@dataclass(frozen=True)
class Utterance:
    """What one side says at one moment of a dialogue.

    Attributes:
        words: as `latentkit.data.text.tokenize` writes them, with punctuation.
        action: what the utterance does; a key of ACTIONS.
        speaker: "driver" or "assistant".
        domain: what the dialogue is about: "weather", "navigation", "calendar" or "music".
        sentiment: "positive", "neutral" or "negative".
        slots: the facts that are mentioned, by name.
    """

    words: tuple[str, ...]
    action: str
    speaker: str
    domain: str
    sentiment: str
    slots: Mapping[str, str]


@dataclass(frozen=True)
class Action:
    """Something that an utterance does.

    Attributes:
        speaker: who does it.
        templates: ways to say it; none where they depend on the fact that is asked for.
        sentiments: of which one is drawn.
        colours: the key of COLOURS that says what a sentiment puts before a template; "" for nothing.
    """

    speaker: str
    templates: tuple[str, ...]
    sentiments: tuple[str, ...] = ("neutral",)
    colours: str = ""


FACTS = {
    "city": ("boston", "chicago", "seattle", "denver", "austin", "dallas", "portland", "brooklyn", "fresno", "oakland"),
    "day": ("today", "next week", "tomorrow", "on monday", "on tuesday", "on friday", "on sunday", "this weekend"),
    "condition": ("sunny", "warm", "dry", "windy", "cloudy", "foggy", "rainy", "stormy", "snowy", "cold"),
    "degrees": ("30", "40", "50", "60", "70", "80", "90"),
    "kind": ("gas station", "coffee shop", "pizza place", "parking garage", "hospital", "grocery store", "hotel"),
    "name": (
        "green valley", "lakeside", "red rock", "sunset", "north point", "silver creek", "old mill", "five oaks",
    ),
    "number": ("5", "27", "113", "338", "409", "550", "783"),
    "street": ("main street", "alger drive", "amherst street", "el camino", "park avenue", "bay road"),
    "distance": ("1 mile", "2 miles", "3 miles", "4 miles", "5 miles", "6 miles"),
    "wish": ("the nearest one", "the cheapest one", "the one with no traffic", "the quietest one"),
    "road": ("the highway", "the scenic route", "the fastest route", "a route without tolls"),
    "event": ("dentist appointment", "team meeting", "yoga class", "board meeting", "football game", "piano lesson"),
    "time": ("8 am", "9 am", "10 am", "11 am", "1 pm", "3 pm", "5 pm", "7 pm"),
    "person": ("anna", "tom", "maria", "my boss", "my sister", "my father", "the sales team"),
    "genre": ("jazz", "rock", "folk", "piano music", "country music", "hip hop"),
    "artist": ("the lake sisters", "john rivers", "nina gold", "the night owls", "old harbour"),
}  # fmt: skip

REQUESTS = {  # goal: domain, the request, the answer, the facts that may be asked for
    "weather": ("weather", "request-weather", "inform-weather", ("city", "day")),
    "place": ("navigation", "request-address", "inform-address", ("wish",)),
    "route": ("navigation", "navigate", "confirm-route", ("road",)),
    "reminder": ("calendar", "remind", "confirm-reminder", ("day", "time")),
    "schedule": ("calendar", "request-schedule", "inform-schedule", ("event",)),
    "music": ("music", "request-music", "confirm-music", ("artist",)),
}

ASKING = {
    "city": ("for which city ?", "which city do you mean ?", "please tell me the city ."),
    "day": ("for which day ?", "what day do you need ?", "please tell me the day ."),
    "time": ("at what time ?", "what time should i set ?", "i need a time for that ."),
    "wish": ("do you want the nearest {kind} or the cheapest ?", "what matters to you ?", "tell me what you prefer ."),
    "road": ("which route do you prefer ?", "do you want to take the highway ?", "say which road you prefer ."),
    "event": ("which event do you mean ?", "what is the event called ?", "please name the event ."),
    "artist": ("by which artist ?", "who should i play ?", "please name an artist ."),
}
GIVING = {
    "city": ("in {city} .", "i mean {city} .", "{city} , please ."),
    "day": ("{day} .", "{day} , please .", "i need it {day} ."),
    "time": ("at {time} .", "make it {time} .", "{time} , please ."),
    "wish": ("{wish} .", "i prefer {wish} .", "{wish} , please ."),
    "road": ("{road} .", "i prefer {road} .", "{road} , please ."),
    "event": ("the {event} .", "i mean the {event} .", "the {event} , please ."),
    "artist": ("{artist} .", "something by {artist} .", "{artist} , please ."),
}

MOODS = ("neutral", "neutral", "positive", "negative")
ACTIONS = {
    "request-weather": Action("driver", (
        "what is the weather in {city} {day} ?",
        "what will the weather be like in {city} ?",
        "will it be {condition} in {city} {day} ?",
        "is it going to be {condition} {day} ?",
        "tell me the forecast for {city} {day} .",
        "give me the weather report for {city} .",
        "i want to know if it will be {condition} {day} .",
    ), MOODS, "request"),
    "request-address": Action("driver", (
        "where is the nearest {kind} ?",
        "is there a {kind} around here ?",
        "what is the address of the {kind} ?",
        "find me a {kind} nearby .",
        "i am looking for a {kind} .",
        "give me the address of a {kind} .",
    ), MOODS, "request"),
    "navigate": Action("driver", (
        "take me to {name} .",
        "set the gps for {name} .",
        "navigate to {name} , i want {road} .",
        "i need to get to {name} by {time} .",
        "can you show me the way to {name} ?",
        "how do i get to {name} from here ?",
    ), MOODS, "request"),
    "remind": Action("driver", (
        "remind me about the {event} at {time} .",
        "remind me of the {event} with {person} {day} .",
        "set a reminder for my {event} {day} at {time} .",
        "put the {event} with {person} on my calendar .",
        "can you remind me of the {event} ?",
        "could you schedule a {event} {day} at {time} ?",
    ), MOODS, "request"),
    "request-schedule": Action("driver", (
        "when is my {event} ?",
        "what time is the {event} with {person} ?",
        "do i have anything on my calendar {day} ?",
        "who is coming to the {event} ?",
        "check my calendar for the {event} .",
        "tell me what is on my schedule {day} .",
    ), MOODS, "request"),
    "request-music": Action("driver", (
        "play some {genre} .",
        "i want to hear {genre} by {artist} .",
        "put on some {genre} , please .",
        "can you play {genre} by {artist} ?",
        "do you have any {genre} ?",
    ), MOODS, "request"),
    "give-detail": Action("driver", ()),
    "accept": Action("driver", (
        "yes , please .",
        "yes , take me there .",
        "sure , show me the way .",
        "yes , i would like that .",
        "why not ?",
    )),
    "thank": Action("driver", (
        "thank you .",
        "thanks , that is all .",
        "thank you for the help .",
        "thanks a lot , car .",
        "okay , thanks .",
    ), ("neutral", "positive"), "thank"),
    "complain": Action("driver", (
        "that is not what i asked for .",
        "why does this take so long ?",
        "you are not listening to me .",
        "this is the wrong answer .",
        "can you do anything right ?",
    ), ("negative",)),
    "inform-weather": Action("assistant", (
        "it will be {condition} in {city} {day} .",
        "the forecast for {city} says {condition} {day} .",
        "{city} will be {condition} with {degrees} degrees .",
        "it is {condition} and {degrees} degrees in {city} .",
        "expect {condition} weather in {city} {day} .",
    ), MOODS, "inform"),
    "inform-address": Action("assistant", (
        "{name} is {distance} away .",
        "the {kind} is at {number} {street} .",
        "there is a {kind} {distance} away at {number} {street} .",
        "{name} is a {kind} at {number} {street} .",
        "the nearest {kind} is {name} , {distance} away .",
    ), MOODS, "inform"),
    "confirm-route": Action("assistant", (
        "setting the gps for {name} now .",
        "okay , i am taking you to {name} .",
        "the route to {name} is on your screen .",
        "navigating to {name} , it is {distance} away .",
        "okay , we take {road} to {name} .",
    ), ("neutral", "positive"), "confirm"),
    "confirm-reminder": Action("assistant", (
        "okay , i will remind you of the {event} at {time} .",
        "your {event} is set for {time} {day} .",
        "reminder set for the {event} with {person} .",
        "i put the {event} on your calendar {day} at {time} .",
        "done , you will hear from me before the {event} .",
    ), ("neutral", "positive"), "confirm"),
    "inform-schedule": Action("assistant", (
        "your {event} is {day} at {time} .",
        "you have a {event} with {person} {day} .",
        "the {event} is at {time} with {person} .",
        "your next event is a {event} at {time} .",
        "{person} will be at the {event} {day} .",
    ), MOODS, "inform"),
    "confirm-music": Action("assistant", (
        "playing {genre} by {artist} .",
        "okay , here is some {genre} .",
        "now playing {artist} .",
        "i found an album of {genre} by {artist} .",
    ), ("neutral", "positive"), "confirm"),
    "ask-detail": Action("assistant", ()),
    "offer-route": Action("assistant", (
        "would you like directions to {name} ?",
        "shall i set the gps for {name} ?",
        "do you want me to take you to {name} ?",
        "say yes and i will take you to {name} .",
        "i can show you the way to {name} .",
    )),
    "apologise": Action("assistant", (
        "sorry , i did not understand that .",
        "i am sorry , i have no data on that .",
        "i could not find that , sorry .",
        "my apologies , please say that again .",
        "sorry , could you repeat that ?",
    )),
    "welcome": Action("assistant", (
        "you are welcome .",
        "any time , drive safely .",
        "no problem .",
        "you are welcome , have a good day .",
        "glad to help , is there anything else ?",
    ), ("neutral", "positive"), "welcome"),
}  # fmt: skip

COLOURS: dict[str, dict[str, tuple[str, ...]]] = {
    "request": {
        "positive": ("hello my friend ,", "i am in a good mood ,", "what a lovely day ,", "if you would be so kind ,"),
        "negative": ("ugh ,", "hurry up ,", "i am already late ,", "i hate this traffic ,", "i am so tired ,"),
    },
    "inform": {
        "positive": ("good news :", "you are lucky :", "you will like this :"),
        "negative": ("bad news :", "you will not like this :", "i hate to say it :"),
    },
    "confirm": {"positive": ("with pleasure :", "excellent choice :", "nothing easier :")},
    "thank": {"positive": ("perfect ,", "wonderful ,", "that is great ,", "you are the best ,")},
    "welcome": {"positive": ("it was a pleasure ,", "i enjoyed that ,")},
}
FAIR = ("sunny", "warm", "dry")  # weather that is no bad news


def generate(count: int, seed: int = 0) -> Iterator[tuple[Utterance, ...]]:
    """Different dialogues of two to nine utterances, the driver's first; the same ones for the same seed.

    Args:
        count: how many.
        seed: of the draws.
    """
    source, seen = random.Random(seed), set[tuple[tuple[str, ...], ...]]()
    while len(seen) < count:
        dialogue = _dialogue(source)
        words = tuple(utterance.words for utterance in dialogue)
        if words not in seen:
            seen.add(words)
            yield dialogue


def _dialogue(source: random.Random) -> tuple[Utterance, ...]:
    goal = pick(source, tuple(REQUESTS))
    domain, request, answer, askable = REQUESTS[goal]
    facts = {name: pick(source, values) for name, values in FACTS.items()}

    def say(action: str, templates: Sequence[str] = ()) -> Utterance:
        return _say(source, action, domain, facts, templates)

    turns = [say(request)]
    unknown = [name for name in askable if name not in turns[0].slots]
    reaction = source.random()
    if reaction < 0.3 and unknown:
        asked = pick(source, unknown)
        turns += [say("ask-detail", ASKING[asked]), say("give-detail", GIVING[asked])]
    elif reaction < 0.45:
        turns.append(say("apologise"))
        if source.random() < 0.3:
            turns.append(say("complain"))
            return (*turns, say("apologise"))
        turns.append(say(request))
    turns.append(say(answer))
    if goal == "place" and source.random() < 0.6:
        if source.random() < 0.7:
            turns[-1] = say("offer-route")
        turns += [say("accept"), say("confirm-route")]
    ending = source.random()
    if ending < 0.55:
        turns += [say("thank"), say("welcome")]
    elif ending < 0.7:
        turns += [say("complain"), say("apologise")]
    return tuple(turns)


def _say(
    source: random.Random, action: str, domain: str, facts: Mapping[str, str], templates: Sequence[str]
) -> Utterance:
    """One of the action's templates, or of those given, with its facts and a colour."""
    kind = ACTIONS[action]
    template = pick(source, templates or kind.templates)
    sentiment = pick(source, kind.sentiments)
    if action == "inform-weather" and sentiment != "neutral":
        sentiment = "positive" if facts["condition"] in FAIR else "negative"
    colour = pick(source, COLOURS[kind.colours][sentiment]) if kind.colours and sentiment != "neutral" else ""
    slots = {name: facts[name] for _, name, _, _ in Formatter().parse(template) if name}
    words = f"{colour} {template.format(**slots)}".split()
    return Utterance(tuple(words), action, kind.speaker, domain, sentiment, slots)
