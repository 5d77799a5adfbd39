"""What an exercise is: a reference with its known mistakes, random cases to try it on, and how they are solved."""
