"""English words that say nothing about what a text is about: articles, pronouns, prepositions and the like.

The list is the course's own, by word class, so that a reader sees why a word is in it.
"""

BY_CLASS = {
    "articles and determiners": (
        "a an the this that these those each every either neither some any all both few several many much more "
        "most less least other others another such own same no none"
    ),
    "pronouns": (
        "i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she "
        "her hers herself it its itself they them their theirs themselves one ones oneself someone somebody "
        "something anyone anybody anything everyone everybody everything nobody nothing who whom whose which what "
        "whoever whatever whichever"
    ),
    "prepositions": (
        "about above across after against along amid among amongst around as at before behind below beneath beside "
        "besides between beyond by despite down during except for from in inside into like near of off on onto out "
        "outside over past per since than through throughout to toward towards under underneath until unto up upon "
        "via with within without"
    ),
    "conjunctions": (
        "and or but nor so yet because although though while whereas if unless whether lest once when whenever "
        "where wherever"
    ),
    "auxiliaries": (
        "am is are was were be been being have has had having do does did doing done can could may might must "
        "shall should will would cannot ought need dare used"
    ),
    "contractions": (
        "don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't won't wouldn't can't couldn't "
        "shouldn't mustn't i'm you're we're they're i've you've we've they've i'll you'll he'll she'll it'll we'll "
        "they'll i'd you'd he'd she'd we'd they'd let's"
    ),
    "adverbs": (
        "not very too also just only even still again already always never ever often sometimes then there here "
        "now how why thus hence therefore however moreover furthermore nevertheless rather quite almost perhaps "
        "indeed instead otherwise together away back far further well soon later else elsewhere somewhere anywhere "
        "everywhere respectively"
    ),
    "everyday verbs": (
        "get gets got getting go goes going gone went come comes came coming make makes made making take takes "
        "took taken taking give gives gave given giving say says said saying see sees saw seen let put keep know "
        "known think thought seem seems seemed become becomes became"
    ),
    "numbers in words": "two three four five six seven eight nine ten first second third",
}
STOP_WORDS = frozenset(word for words in BY_CLASS.values() for word in words.split())
