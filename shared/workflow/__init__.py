"""The monitor of an export, the activity that moves it, and the timer that finds what was left behind."""
